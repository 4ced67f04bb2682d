"""Windows let through what they say, in any stretch of their length, and not one more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.pace import Pace, Window


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    amount=st.integers(1, 30),
    steps=st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200),
)
def test_no_stretch_of_its_length_holds_more_than_the_amount(
    amount: int, steps: list[float]
) -> None:
    clock = Clock()
    pace = Pace(Window(amount, 5), clock=clock)
    passed = []

    for step in steps:
        clock.now += step
        if pace.take() == 0:
            passed.append(clock.now)

    for first, beyond in zip(passed, passed[amount:], strict=False):
        assert beyond - first >= 5


@given(amount=st.integers(1, 50))
def test_who_waits_as_long_as_told_passes(amount: int) -> None:
    clock = Clock()
    pace = Pace(Window(amount, 5), clock=clock)
    for _ in range(amount):
        assert pace.take() == 0
        clock.now += 0.01

    seconds = pace.take()
    clock.now += seconds

    assert 0 < seconds <= 5.25
    assert pace.take() == 0


def test_what_one_window_holds_back_counts_in_none() -> None:
    clock = Clock()
    pace = Pace(Window(1, 1), Window(2, 60), clock=clock)

    assert pace.take() == 0
    assert [pace.take() > 0 for _ in range(5)] == [True] * 5
    clock.now += 2

    assert pace.take() == 0


def test_no_window_holds_nothing_back() -> None:
    assert [Pace().take() for _ in range(100)] == [0.0] * 100
