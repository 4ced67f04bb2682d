"""What the live page is told of when a word of a script is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from common.clock import utc_now
from execution.models import Execution, ExecutionKind, ExecutionStatus, RealtimePlan
from market.models import ReplayFeed
from registry.models import Script
from streams.models import Stream
from tests.pages.conftest import FIRST_SESSION, SignIn, add_bar, state_of

pytestmark = pytest.mark.django_db
PLANNED: dict[str, Any] = {"instrument_key": "IBM", "timeframe": "1d", "params_sha256": ""}


def replay(**fields: object) -> ReplayFeed:
    """Prepare a replay of IBM."""
    given = {
        "name": "demo",
        "instruments": ["IBM"],
        "bars_per_second": 4.0,
        "starts_at": FIRST_SESSION,
        "as_of": FIRST_SESSION,
        "sessions_total": 10,
        "updated_at": utc_now(),
        **fields,
    }
    return ReplayFeed.objects.create(**given)


def test_the_cadence_follows_the_pace_of_the_feed(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    browser = signed_in(sam)
    assert state_of(browser, script)["cadence_seconds"] is None

    feed = replay()
    assert state_of(browser, script)["cadence_seconds"] == 0.25

    feed.paused = True
    feed.save()
    state = state_of(browser, script)
    assert state["cadence_seconds"] is None
    assert state["feed"] == {"paused": True, "finished": False}


def test_the_cadence_is_that_of_the_scripts_own_bars(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    replay(timeframe="1h", bars_per_second=4.0)

    assert state_of(signed_in(sam), script)["cadence_seconds"] == 24 / 4


def test_a_replay_of_other_instruments_says_nothing_of_this_one(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    replay(instruments=["AAPL"], paused=True)

    state = state_of(signed_in(sam), script)

    assert state["feed"] is None
    assert state["cadence_seconds"] is None


def test_a_replay_that_has_ended_says_nothing_of_a_market_that_goes_on(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    replay(finished_at=utc_now())
    browser = signed_in(sam)
    assert state_of(browser, script)["feed"] == {"paused": False, "finished": True}

    add_bar("IBM", utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1))
    state = state_of(browser, script)

    assert state["feed"] is None
    assert state["next_due"] is not None


@pytest.mark.parametrize("instrument", ["TSLA", "IBM\x00", ""])
def test_the_state_of_what_is_no_instrument_is_refused(
    stream: Stream, script: Script, sam: User, signed_in: SignIn, instrument: str
) -> None:
    reply = signed_in(sam).get(f"/dashboard/{script.pk}/state", {"instrument": instrument})

    assert (reply.status_code, reply.json()["code"]) == (422, "unknown_instrument")


def test_a_run_without_an_output_is_a_word_too(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    browser = signed_in(sam)
    assert state_of(browser, script)["streams"][0]["spoke_at"] is None
    version = script.current_version
    assert version is not None
    plan = RealtimePlan.objects.create(version=version, **PLANNED)
    for day, ended in enumerate(("ok", "ok", "infrastructure")):
        Execution.objects.create(
            kind=ExecutionKind.REALTIME,
            version=version,
            user=script.owner,
            plan=plan,
            stream=stream,
            status=ExecutionStatus.COMPLETED if ended == "ok" else ExecutionStatus.FAILED,
            outcome=ended,
            due_at=FIRST_SESSION + timedelta(days=day),
            as_of=FIRST_SESSION + timedelta(days=day + 1),
            created_at=FIRST_SESSION,
            finished_at=FIRST_SESSION + timedelta(days=day, hours=30),
            **PLANNED,
        )

    [told] = state_of(browser, script)["streams"]

    assert told["spoke_at"] == (FIRST_SESSION + timedelta(days=1, hours=30)).isoformat()
