"""How many workers there should be: thresholds, cooldown, and why."""

from __future__ import annotations

import pytest

from execution.scheduling.backpressure import Readings, load_of
from execution.scheduling.scaling import (
    Action,
    LastAdvice,
    Recommendation,
    ScalingLimits,
    Urgency,
    readings_of,
    recommend,
)

LIMITS = ScalingLimits(most_pods=8)


def advice(
    *,
    waits: float = 0.0,
    pods: int | None = 3,
    last: LastAdvice | None = None,
    recent: tuple[float, ...] = (),
    **measured: float,
) -> Recommendation:
    readings = Readings(**measured)
    load = load_of(readings)
    found = readings_of(load, readings, realtime_wait_seconds=waits, limits=LIMITS)
    return recommend(load, found, pods=pods, last=last, recent_scores=recent, limits=LIMITS)


@pytest.mark.parametrize(
    ("depth", "action", "pods", "urgency"),
    [
        (0, Action.DOWN, 2, Urgency.LOW),
        (590, Action.DOWN, 2, Urgency.LOW),
        (600, Action.NONE, 3, Urgency.NONE),  # exactly 0.3 and 0.7 change nothing
        (1400, Action.NONE, 3, Urgency.NONE),
        (1410, Action.UP, 4, Urgency.HIGH),
        (1600, Action.UP, 4, Urgency.HIGH),
        (1610, Action.UP, 5, Urgency.HIGH),
        (1900, Action.UP, 5, Urgency.CRITICAL),
    ],
)
def test_what_is_advised_at_which_queue(
    depth: float, action: Action, pods: int, urgency: Urgency
) -> None:
    found = advice(queue_depth=depth)

    assert (found.action, found.recommended_pods, found.urgency) == (action, pods, urgency)


def test_bars_that_wait_for_their_runs_ask_for_more_machines() -> None:
    found = advice(waits=9.0)

    assert (found.action, found.recommended_pods) == (Action.UP, 5)
    assert "the longest wait of a realtime run (9.0 s)" in found.reason


def test_busy_processors_alone_ask_for_nothing() -> None:
    assert advice(cpu=1.0, memory=1.0).action is Action.DOWN


def test_within_five_minutes_of_a_change_no_other_is_advised_and_its_number_stands() -> None:
    last = LastAdvice(recommended_pods=5, seconds_ago=120)

    found = advice(queue_depth=2000, last=last)

    assert (found.action, found.recommended_pods) == (Action.NONE, 5)
    assert found.cooldown_seconds_left == 180
    assert "less than 300 s ago" in found.reason


def test_after_five_minutes_it_is_advised_again() -> None:
    last = LastAdvice(recommended_pods=5, seconds_ago=300)

    assert advice(queue_depth=2000, pods=5, last=last).recommended_pods == 7


@pytest.mark.parametrize(
    ("depth", "pods", "reached"),
    [
        (0, 1, "there are 1 already, and 1 is the fewest allowed"),
        (2000, 8, "there are 8 already, and 8 is the most allowed"),
        (2000, 10, "there are 10 already, and 8 is the most allowed"),
    ],
)
def test_no_fewer_and_no_more_than_allowed(depth: float, pods: int, reached: str) -> None:
    found = advice(queue_depth=depth, pods=pods)

    assert (found.action, found.recommended_pods) == (Action.NONE, pods)
    assert reached in found.reason


def test_where_there_are_more_than_allowed_one_fewer_is_advised_when_fewer_will_do() -> None:
    assert advice(pods=10).recommended_pods == 9
    assert advice(queue_depth=1000, pods=10).recommended_pods == 10


def test_an_advice_is_surer_the_longer_the_scores_ask_for_it() -> None:
    alone = advice(queue_depth=2000)
    often = advice(queue_depth=2000, recent=(0.95,) * 19)
    mixed = advice(queue_depth=2000, recent=(0.95, 0.5) * 9 + (0.95,))

    assert (alone.confidence, often.confidence, mixed.confidence) == (0.05, 1.0, 0.55)


def test_the_reasoning_names_every_reading_the_worst_first() -> None:
    found = advice(queue_depth=1500, p99_seconds=2.0)

    assert [reading.name for reading in found.readings][:2] == ["queue_depth", "p99_seconds"]
    assert (found.readings[0].value, found.readings[0].too_much_from) == (1500, 1000)
    assert found.reason == (
        "The score is 0.75, by runs that wait for a worker: above 0.7 more machines are needed."
    )


def test_a_platform_without_machines_needs_one_however_little_waits() -> None:
    found = advice(pods=0, recent=(0.0,))

    assert (found.action, found.recommended_pods, found.urgency) == (Action.UP, 1, Urgency.HIGH)
    assert (found.confidence, found.pods) == (1.0, 0)
    assert "0 machines run scripts, and 1 is the fewest allowed" in found.reason


def test_without_machines_and_with_much_to_do_two_are_needed() -> None:
    assert advice(pods=0, recent=(0.95,), queue_depth=2000).recommended_pods == 2


def test_at_the_first_look_machines_may_still_be_starting() -> None:
    found = advice(pods=0)

    assert (found.action, found.recommended_pods) == (Action.NONE, 1)
    assert "this is the first look" in found.reason


def test_what_was_advised_for_want_of_machines_is_not_advised_at_every_look() -> None:
    last = LastAdvice(recommended_pods=1, seconds_ago=15)

    found = advice(pods=0, last=last, recent=(0.0,))

    assert (found.action, found.recommended_pods) == (Action.NONE, 1)
    assert "less than 300 s ago" in found.reason


def test_nothing_is_advised_about_machines_that_nobody_can_count() -> None:
    last = LastAdvice(recommended_pods=4, seconds_ago=100)

    found = advice(pods=None, last=last, queue_depth=2000)

    assert (found.action, found.recommended_pods) == (Action.NONE, 4)
    assert "is not known now" in found.reason
