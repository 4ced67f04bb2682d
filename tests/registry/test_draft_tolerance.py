"""The form of a draft keeps how far a mark may move its numbers."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from common.errors import SignalHubError
from registry.admin.draft_form import DraftForm, draft_of
from registry.services import drafts
from tests import factories

pytestmark = pytest.mark.django_db
WRITTEN = {
    "name": "RSI",
    "source": "result = 1.5\n",
    "runtime_mode": "realtime",
    "timeframe": "1d",
    "version": "1.0.0",
}


def form_of(tolerance: str) -> DraftForm:
    form = DraftForm({**WRITTEN, "tolerance": tolerance}, dependencies=[], people=[])
    assert form.is_valid(), form.errors
    return form


def test_a_tolerance_is_saved_and_shown_again(ada: User) -> None:
    written: dict[str, Any] = form_of('{"value": {"absolute": 0.02}}').written()

    draft = drafts.create_draft(**written, acting_user=ada, now=factories.NOON)

    assert draft.manifest["watermark"] == {"tolerance": {"value": {"absolute": 0.02}}}
    assert draft_of(draft.script, draft)["tolerance"] == {"value": {"absolute": 0.02}}
    assert "watermark" not in form_of("").written()["manifest"]


def test_a_tolerance_that_cannot_be_kept_is_refused_beside_its_field(ada: User) -> None:
    form = form_of('{"upper": {"absolute": 0.02}}')

    with pytest.raises(SignalHubError) as refused:
        drafts.create_draft(**form.written(), acting_user=ada, now=factories.NOON)
    form.show_refusal(refused.value)

    assert "metadata.upper" in str(form.errors["tolerance"])
