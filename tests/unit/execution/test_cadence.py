"""By which instant a stream should have spoken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from execution.scheduling.cadence import Cause, Expected, Heard, Replay, expected

CLOSE = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=5)
SECOND = timedelta(seconds=1)


def by(heard: Heard) -> Expected | None:
    return expected(heard, next_close=lambda after: after + MINUTE, grace=GRACE)


def live(**more: object) -> Heard:
    given = {
        "last_at": CLOSE + SECOND,
        "ran_until": CLOSE,
        "ran_at": CLOSE + SECOND,
        "waits_since": None,
        **more,
    }
    return Heard(**given)  # type: ignore[arg-type]


def replayed(**more: object) -> Heard:
    given = {"seconds_per_bar": 2.0, "moved_at": CLOSE, "stands": False, **more}
    return live(ran_until=CLOSE - timedelta(days=4000), replay=Replay(**given))  # type: ignore[arg-type]


def test_a_live_stream_should_speak_by_its_next_close_and_a_grace() -> None:
    assert by(live()) == Expected(at=CLOSE + MINUTE, grace=GRACE, cause=Cause.NO_BAR)


def test_one_for_which_a_bar_waits_should_have_spoken_soon_after_it() -> None:
    waits = CLOSE + timedelta(seconds=60.5)

    assert by(live(waits_since=waits)) == Expected(at=waits, grace=GRACE, cause=Cause.NO_RUN)


def test_one_that_runs_on_ticks_should_have_spoken_soon_after_one_came() -> None:
    came = CLOSE + timedelta(seconds=3)

    found = by(live(by_ticks=True, waits_since=came))

    assert found == Expected(at=came, grace=GRACE, cause=Cause.NO_RUN)


def test_one_that_lags_behind_and_goes_on_is_not_silent() -> None:
    spoke = CLOSE + timedelta(minutes=20)

    found = by(live(waits_since=CLOSE, last_at=spoke))

    assert found == Expected(at=spoke, grace=GRACE, cause=Cause.NO_RUN)


def test_a_replay_keeps_its_pace_by_the_clock_on_the_wall() -> None:
    found = by(replayed(moved_at=CLOSE + timedelta(seconds=30)))

    assert found == Expected(at=CLOSE + timedelta(seconds=32), grace=GRACE, cause=Cause.NO_BAR)


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(replayed(stands=True), id="its feed is paused"),
        pytest.param(live(by_ticks=True), id="it runs on ticks, and none has come"),
        pytest.param(live(ran_until=None, ran_at=None), id="it never ran"),
        pytest.param(live(ran_at=CLOSE + timedelta(days=1)), id="its bars are old ones"),
    ],
)
def test_nothing_is_expected_where_nothing_says_so(heard: Heard) -> None:
    assert by(heard) is None


def test_a_bar_that_waits_counts_even_while_its_feed_is_paused() -> None:
    found = expected(
        Heard(
            last_at=CLOSE,
            ran_until=None,
            ran_at=None,
            waits_since=CLOSE,
            replay=Replay(seconds_per_bar=1, moved_at=CLOSE, stands=True),
        ),
        next_close=lambda after: after,
        grace=GRACE,
    )

    assert found == Expected(at=CLOSE, grace=GRACE, cause=Cause.NO_RUN)
