"""The beginning of a script: its name, and what to start from."""

from __future__ import annotations

from django import forms

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from registry.models import ScriptVersion
from registry.models.scripts import NAME_MAX_LENGTH
from registry.services import drafts
from registry.services.screening import request_screening
from registry.starters.catalogue import STARTERS, find_starter

EMPTY = "empty"
EMPTY_SOURCE = """\
# Runs on every closed bar. What it emits is its output.
closes = get_market_data(bars=2)["close"]

emit_signal({"value": float(closes.iloc[-1])})
"""


class NewScriptForm(forms.Form):
    """A name, and a starter or nothing."""

    name = forms.CharField(
        max_length=NAME_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text="How subscribers will know it. You can change it later.",
    )
    starter = forms.ChoiceField(
        choices=[*((starter.slug, starter.name) for starter in STARTERS), (EMPTY, "Empty")],
        widget=forms.RadioSelect,
        initial=STARTERS[0].slug,
    )

    def begin(self, author: User) -> ScriptVersion | None:
        """Create the first draft; what a service refuses is put beside its field."""
        given = self.cleaned_data
        starter = find_starter(given["starter"])
        now = utc_now()
        try:
            draft = drafts.create_draft(
                name=given["name"],
                source=starter.source if starter else EMPTY_SOURCE,
                manifest=starter.manifest if starter else None,
                description=starter.description if starter else "",
                acting_user=author,
                now=now,
            )
            request_screening(draft, acting_user=author, now=now)
            return draft
        except SignalHubError as error:
            field = str(error.details.get("field", ""))
            self.add_error("name" if field == "name" else None, error.message)
            return None
