"""Forms of the pages about deliveries; the services judge what is typed."""

from __future__ import annotations

from typing import Any

from django import forms

from common.errors import SignalHubError
from streams.deliveries.services.destination_rules import NAME_MAX_LENGTH
from streams.deliveries.services.destinations import CHANGEABLE
from streams.models import Destination, DestinationKind

SEQ_MAX = 2**62
KEY_MAX_CHARACTERS = 2000


class NewDestinationForm(forms.Form):
    """Where outputs are to go."""

    kind = forms.ChoiceField(choices=DestinationKind.choices)
    name = forms.CharField(max_length=NAME_MAX_LENGTH)
    address = forms.CharField(max_length=2000, required=False)


class SettingsForm(forms.Form):
    """What its owner can set of a destination."""

    name = forms.CharField(max_length=NAME_MAX_LENGTH)
    address = forms.CharField(max_length=2000, required=False)
    digest_above = forms.IntegerField(min_value=1, max_value=10_000, required=False)
    digest_within_seconds = forms.IntegerField(min_value=1, max_value=86_400)
    digest_every_seconds = forms.IntegerField(min_value=1, max_value=86_400)
    quiet_from = forms.TimeField(required=False)
    quiet_until = forms.TimeField(required=False)
    time_zone = forms.CharField(max_length=64)

    def __init__(self, data: Any, destination: Destination) -> None:
        self.destination = destination
        initial = {field: getattr(destination, field) for field in CHANGEABLE}
        super().__init__(data, initial=initial)

    def changes(self) -> dict[str, Any]:
        """Return what was typed; the address of a webhook alone can be changed."""
        changes = dict(self.cleaned_data)
        if self.destination.kind != DestinationKind.WEBHOOK:
            del changes["address"]
        return changes


class StreamForm(forms.Form):
    """Which stream is meant."""

    stream_key = forms.CharField(max_length=KEY_MAX_CHARACTERS)


class ReplayForm(StreamForm):
    """Which outputs are to come again."""

    from_seq = forms.IntegerField(min_value=1, max_value=SEQ_MAX)
    to_seq = forms.IntegerField(min_value=1, max_value=SEQ_MAX, required=False)


def say(form: forms.Form, error: SignalHubError) -> None:
    """Show a refusal at its field, or above the form."""
    field = {"url": "address"}.get(str(error.details.get("field")), error.details.get("field"))
    form.add_error(field if field in form.fields else None, error.message)
