"""The page that says why somebody can or cannot run a script."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from registry.admin.scoped import signed_in_user
from registry.explanations import Explanation
from registry.models import Script
from registry.services import inquiries


class WhyForm(forms.Form):
    """About whom, which script and when."""

    user = forms.CharField(max_length=150, label="User name")
    script = forms.ModelChoiceField(queryset=Script.objects.none())
    at = forms.DateTimeField(
        required=False,
        label="When (UTC)",
        help_text="Empty: now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, scripts: QuerySet[Script], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["script"].queryset = scripts.order_by("name")  # type: ignore[attr-defined]
        self.fields["user"].widget.attrs["list"] = "people"


def people_of(scripts: QuerySet[Script]) -> QuerySet[User]:
    """Return whom the page suggests: the members of the scripts' tenants."""
    members = User.objects.filter(memberships__tenant__in=scripts.values("tenant"))
    return members.distinct().order_by("username")


def answer(request: HttpRequest, form: WhyForm) -> Explanation | None:
    """Return the answer to a complete question; what is wrong with it is shown in the form."""
    if not form.is_bound or not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return inquiries.explain_to(
            signed_in_user(request),
            given["script"].pk,
            username=given["user"].strip(),
            at=given["at"].replace(tzinfo=UTC) if given["at"] else None,
            now=utc_now(),
        )
    except SignalHubError as error:
        field = error.details.get("field")
        form.add_error(field if field in form.fields else None, error.message)
        return None
