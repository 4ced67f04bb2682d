"""When a breaker opens, and how it closes again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from common.breaker_rule import State
from common.circuit_breakers import Breaker, BreakerOpen


class Down(Exception):
    pass


class Refused(Exception):
    pass


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("other", (Down,), clock=clock)


def state_of(breaker: Breaker) -> State:
    return breaker.state


def call(breaker: Breaker, error: type[Exception] | None = None) -> None:
    if error is None:
        with breaker.guarding():
            return
    with pytest.raises(error), breaker.guarding():
        raise error


def slowly(breaker: Breaker, clock: Clock, seconds: float) -> None:
    with breaker.guarding():
        clock.seconds += seconds


def test_five_failures_in_a_row_open_it_and_four_do_not(breaker: Breaker) -> None:
    for _ in range(4):
        call(breaker, Down)
    assert state_of(breaker) is State.CLOSED

    call(breaker, Down)

    assert state_of(breaker) is State.OPEN
    with pytest.raises(BreakerOpen) as refused, breaker.guarding():
        pytest.fail("it was asked")
    assert refused.value.details["retry_after_seconds"] == 60


def test_half_of_ten_failing_opens_it(breaker: Breaker) -> None:
    for _ in range(4):
        call(breaker)
        call(breaker, Down)
    call(breaker)
    assert state_of(breaker) is State.CLOSED

    call(breaker, Down)

    assert state_of(breaker) is State.OPEN


def test_slow_answers_open_it_too(breaker: Breaker, clock: Clock) -> None:
    for _ in range(2):
        slowly(breaker, clock, 5.0)  # exactly the limit is not slow
    for _ in range(7):
        slowly(breaker, clock, 5.1)
    assert state_of(breaker) is State.CLOSED

    slowly(breaker, clock, 5.1)

    assert state_of(breaker) is State.OPEN


def test_a_refusal_is_an_answer(breaker: Breaker) -> None:
    for _ in range(20):
        call(breaker, Refused)

    assert state_of(breaker) is State.CLOSED


def test_three_probes_close_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        call(breaker, Down)
    clock.seconds += 60

    for _ in range(2):
        call(breaker)
        assert state_of(breaker) is State.HALF_OPEN
    call(breaker)

    assert state_of(breaker) is State.CLOSED


def test_one_failing_probe_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        call(breaker, Down)
    clock.seconds += 60
    call(breaker)

    call(breaker, Down)

    assert state_of(breaker) is State.OPEN
    clock.seconds += 59
    assert state_of(breaker) is State.OPEN


def test_no_more_than_three_probes_are_under_way(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        call(breaker, Down)
    clock.seconds += 60

    under_way = (breaker.guarding(), breaker.guarding(), breaker.guarding())
    with under_way[0], under_way[1], under_way[2], pytest.raises(BreakerOpen), breaker.guarding():
        pytest.fail("it was asked")

    assert state_of(breaker) is State.CLOSED


def test_probes_that_never_came_back_do_not_keep_it_half_open(
    breaker: Breaker, clock: Clock
) -> None:
    for _ in range(5):
        call(breaker, Down)
    clock.seconds += 60
    lost = [breaker.guarding() for _ in range(3)]
    for probe in lost:
        probe.__enter__()

    clock.seconds += 60

    for _ in range(3):
        call(breaker)
    assert state_of(breaker) is State.CLOSED
