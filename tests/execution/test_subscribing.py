"""What sets runs off, as it is asked for over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common.clock import parse_instant
from execution.models import Subscription
from market.bars import NewBar
from registry.models import ScriptVersion
from streams.models import Stream
from streams.publishing import KEY_MAX_BYTES
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(api: APIClient, ada: User, rita: User, three_sessions: list[NewBar]) -> Any:
    version: ScriptVersion = factories.make_published_version(ada, rita)
    api.force_authenticate(ada)

    def asked(**body: Any) -> Any:
        where = f"/scripts/{version.script_id}/subscribe"
        return api.post(where, {"instrument": "IBM", **body}, format="json")

    return asked


def test_a_schedule_is_answered_with_its_next_three_instants(ask: Any) -> None:
    answer = ask(trigger="schedule", schedule="30 9 * * mon-fri", zone="America/New_York")

    assert answer.status_code == 200, answer.content
    coming: list[datetime] = [
        parse_instant(text, field="next_runs") for text in answer.json()["next_runs"]
    ]
    assert len(coming) == 3
    assert coming == sorted(coming)
    assert {(at.hour, at.minute) for at in coming} <= {(13, 30), (14, 30)}
    assert Subscription.objects.get().schedule == "30 9 * * MON-FRI America/New_York"


@pytest.mark.parametrize("digits", [309, 400, 5000])
def test_a_param_that_is_a_text_of_many_digits_is_followed_as_that_text(
    ask: Any, digits: int
) -> None:
    answer = ask(params={"note": "9" * digits})

    assert answer.status_code == (200 if digits < KEY_MAX_BYTES else 422), answer.content
    assert digits > KEY_MAX_BYTES or Stream.objects.get().params == {"note": "9" * digits}


def test_without_a_trigger_it_is_every_bar_as_ever(ask: Any) -> None:
    answer = ask()

    assert (
        answer.json()["message"] == "Subscribed; outputs arrive on the stream from the next bar on"
    )
    assert "next_runs" not in answer.json()
    assert Subscription.objects.get().trigger == "bar"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"trigger": "hourly"}, "trigger"),
        ({"trigger": "schedule"}, "schedule"),
        ({"trigger": "schedule", "schedule": "61 * * * *"}, "schedule"),
        ({"trigger": "schedule", "schedule": "* * * * *", "zone": "Atlantis"}, "zone"),
        ({"trigger": "tick", "schedule": "* * * * *"}, "schedule"),
        ({"zone": "UTC"}, "zone"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(ask: Any, body: dict[str, str], field: str) -> None:
    answer = ask(**body)

    assert answer.status_code == 422, answer.content
    assert answer.json()["field"] == field
    assert not Subscription.objects.exists()
