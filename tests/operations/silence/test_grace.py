"""How much longer a stream is given: by what its runs took, and while one of them is at work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from execution.models import Execution, ExecutionStatus, Silence
from execution.services.realtime import run_markets
from execution.services.silences import SilenceWatch
from market.services.bars import record_bars
from registry.models import Script, ScriptVersion
from tests import factories
from tests.execution.conftest import session_bar
from tests.operations.silence.hearing import SECOND, look, speak

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def run_slowly(*days: int, since: datetime, took: timedelta, **more: Any) -> datetime:
    """Let a bar come each hour and its run take so long; return when the last one ended."""
    at = since
    for at in (since + n * HOUR for n in range(len(days))):
        record_bars([session_bar(days[(at - since) // HOUR])], now=at)
        run_markets([("IBM", "1d")], now=at)
        given = {"status": ExecutionStatus.COMPLETED, "outcome": "ok", **more}
        Execution.objects.filter(finished_at=None).update(finished_at=at + took, **given)
    return at + took


def begin(status: str, at: datetime, **more: Any) -> Execution:
    """Let a bar come, and its run be where it is said to be."""
    record_bars([session_bar(3)], now=at)
    run_markets([("IBM", "1d")], now=at)
    Execution.objects.filter(finished_at=None).update(status=status, **more)
    return Execution.objects.get(finished_at=None)


def silent_after(watch: SilenceWatch, came: datetime, *, first: int, last: int) -> list[int]:
    """Return in which seconds after a bar a silence begins."""
    look(watch, came)
    return [s for s in range(first, last) if look(watch, came + s * SECOND)[0]]


@pytest.mark.parametrize("hours_between", [0, 40])
def test_a_stream_is_given_twice_what_its_newest_runs_took_whenever_that_was(
    hours_between: int, script: Script, now: datetime
) -> None:
    run_slowly(3, 4, 5, since=now, took=10 * SECOND)
    came = now + timedelta(hours=3 + hours_between)
    record_bars([session_bar(6)], now=came)

    assert silent_after(SilenceWatch(), came, first=4, last=25) == [21]


def test_of_many_runs_one_that_took_long_decides_nothing(script: Script, now: datetime) -> None:
    run_slowly(3, since=now, took=40 * SECOND)
    last = run_slowly(*range(4, 23), since=now + HOUR, took=4 * SECOND)
    came = last + HOUR
    record_bars([session_bar(30)], now=came)

    assert silent_after(SilenceWatch(), came, first=4, last=25) == [9]


@pytest.mark.parametrize(
    "unlike",
    [
        {"status": ExecutionStatus.CANCELLED},
        {"status": ExecutionStatus.FAILED, "outcome": "infrastructure"},
        {"fence": 3, "attempts": 1},  # run again by an operator
    ],
)
def test_what_is_no_run_of_its_own_time_says_nothing_of_how_long_runs_take(
    unlike: dict[str, Any], script: Script, now: datetime
) -> None:
    run_slowly(3, 4, 5, since=now, took=4 * SECOND)
    run_slowly(6, 7, 8, since=now + 3 * HOUR, took=30 * SECOND, **unlike)
    came = now + 6 * HOUR
    record_bars([session_bar(9)], now=came)

    assert silent_after(SilenceWatch(), came, first=4, last=25) == [9]


def test_nobody_waits_longer_than_a_minute_however_long_runs_take(
    script: Script, now: datetime
) -> None:
    last = run_slowly(3, 4, 5, since=now, took=timedelta(minutes=3))
    came = last + HOUR
    record_bars([session_bar(6)], now=came)

    assert silent_after(SilenceWatch(), came, first=55, last=70) == [61]


def test_a_stream_whose_run_is_at_work_is_not_silent_for_a_minute(
    script: Script, now: datetime
) -> None:
    speak(now)
    came = now + HOUR
    begin("running", came, started_at=came, lease_until=came + HOUR)

    assert silent_after(SilenceWatch(), came, first=1, last=70) == [61]
    assert Silence.objects.get().cause == "no_run"


def test_a_run_of_the_next_version_is_at_work_for_the_same_stream(
    script: Script, rita: User, now: datetime
) -> None:
    speak(now)
    factories.publish_next_version(script, rita)
    came = now + HOUR
    begin("running", came, started_at=came, lease_until=came + HOUR)

    assert silent_after(SilenceWatch(), came, first=1, last=20) == []


def test_a_run_whose_worker_is_gone_is_not_at_work(script: Script, now: datetime) -> None:
    speak(now)
    came = now + HOUR
    begin("running", came, started_at=came, lease_until=came + 8 * SECOND)

    assert silent_after(SilenceWatch(), came, first=1, last=20) == [9]


def test_a_run_that_waits_while_nothing_is_done_is_a_silence(script: Script, now: datetime) -> None:
    speak(now)
    came = now + HOUR
    begin("pending", came)

    assert silent_after(SilenceWatch(), came, first=1, last=20) == [6]


@pytest.mark.parametrize("status", ["pending", "waiting"])
def test_a_run_that_waits_in_a_queue_that_moves_is_given_time_until_that_stands(
    status: str, script: Script, other: Execution, now: datetime
) -> None:
    speak(now)
    came = now + HOUR
    begin(status, came)
    watch = SilenceWatch()
    look(watch, came)

    for second in range(1, 20):
        ended = came + second * SECOND
        Execution.objects.filter(pk=other.pk).update(started_at=came, finished_at=ended)
        assert look(watch, ended) == (0, 0)

    assert silent_after(watch, came, first=20, last=30) == [24]


def test_a_queue_that_moves_for_others_is_not_believed_for_ever(
    script: Script, other: Execution, now: datetime
) -> None:
    speak(now)
    came = now + HOUR
    begin("pending", came)
    Execution.objects.filter(pk=other.pk).update(
        status="running", finished_at=None, priority=2, lease_until=came + HOUR
    )

    assert silent_after(SilenceWatch(), came, first=1, last=70) == [61]


def test_a_one_time_run_at_work_says_nothing_of_those_that_wait(
    script: Script, other: Execution, now: datetime
) -> None:
    speak(now)
    came = now + HOUR
    begin("pending", came)
    Execution.objects.filter(pk=other.pk).update(
        status="running", finished_at=None, priority=3, lease_until=came + HOUR
    )

    assert silent_after(SilenceWatch(), came, first=1, last=20) == [6]


def test_a_silence_that_has_begun_goes_on_while_its_run_is_at_work(
    script: Script, now: datetime
) -> None:
    speak(now)
    came = now + HOUR
    run = begin("pending", came)
    watch = SilenceWatch()
    look(watch, came)
    assert look(watch, came + 6 * SECOND) == (1, 0)

    Execution.objects.filter(pk=run.pk).update(status="running", lease_until=came + HOUR)

    assert look(watch, came + 7 * SECOND) == (0, 0)
    speak(came + 8 * SECOND)
    assert look(watch, came + 9 * SECOND) == (0, 1)


@pytest.fixture
def other(version: ScriptVersion, now: datetime) -> Execution:
    """Return a one-time run that ended long ago."""
    return Execution.objects.create(
        kind="onetime",
        version=version,
        user=version.script.owner,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256="0" * 64,
        as_of=now,
        created_at=now,
        finished_at=now,
        status="completed",
        outcome="ok",
    )
