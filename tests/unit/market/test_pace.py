from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.feeds.pace import LONGEST_DEBT_SECONDS, Pacer


def test_a_session_is_due_one_step_after_the_one_before() -> None:
    pacer = Pacer(started_at=100.0)

    assert pacer.seconds_until_due(2.0, at=100.1) == pytest.approx(0.4)


def test_a_change_of_pace_counts_for_the_session_that_is_waited_for() -> None:
    pacer = Pacer(started_at=100.0)

    assert pacer.seconds_until_due(0.01, at=101.0) == pytest.approx(99.0)
    assert pacer.seconds_until_due(1.0, at=101.0) <= 0


@given(st.lists(st.floats(0, 0.05), min_size=50, max_size=50))
def test_slow_steps_do_not_slow_the_pace_down(lateness: list[float]) -> None:
    pacer, now = Pacer(started_at=0.0), 0.0

    for late in lateness:
        now += max(0.0, pacer.seconds_until_due(10.0, at=now)) + late
        pacer.advanced(10.0, at=now)

    assert now <= len(lateness) / 10 + 0.05 + 1e-6


def test_a_standstill_is_not_followed_by_a_burst() -> None:
    pacer = Pacer(started_at=0.0)

    pacer.advanced(10.0, at=60.0)

    assert pacer.seconds_until_due(10.0, at=60.0) == pytest.approx(0.1 - LONGEST_DEBT_SECONDS)


def test_a_pause_is_not_owed() -> None:
    pacer = Pacer(started_at=0.0)

    pacer.idled(at=60.0)

    assert pacer.seconds_until_due(1.0, at=60.0) == pytest.approx(1.0)
