"""The page that sends a test signal through the real door and takes it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from common.clock import utc_now
from common.json_field import JSONObjectField
from ingest.admin.operating import user_of
from ingest.api.rehearsal import Step, rehearsal_body, rehearse
from ingest.mapping_rules import InvalidMapping
from ingest.models import Dialect, Producer
from ingest.services.rehearsals import record_rehearsal, require_own


class RehearsalForm(forms.Form):
    """The body of a test signal; the token of an alert is put in when it is sent."""

    body = JSONObjectField(help_text="What is sent. Change it to try what your sender writes.")


def _initial_body(producer: Producer) -> dict[str, Any]:
    try:
        return rehearsal_body(producer, now=utc_now())
    except InvalidMapping:
        return {}


def context_of(request: HttpRequest, producer: Producer) -> dict[str, Any]:
    """Return what the page shows: the body, and after a test its steps."""
    now = utc_now()
    initial = {"body": _initial_body(producer)}
    form = RehearsalForm(request.POST if request.method == "POST" else None, initial=initial)
    steps: list[Step] = []
    if form.is_bound and form.is_valid():
        require_own(producer, acting_user=user_of(request))
        steps = rehearse(producer, form.cleaned_data["body"], now=now)
        broken = next((step.name for step in steps if step.passed is False), "")
        record_rehearsal(producer, broken=broken, acting_user=user_of(request), now=now)
    return {
        "title": f"Test {producer}",
        "producer": producer,
        "form": form,
        "steps": steps,
        "broken": any(step.passed is False for step in steps),
        "has_token": producer.dialect == Dialect.TRADINGVIEW,
    }
