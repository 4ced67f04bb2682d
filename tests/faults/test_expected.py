"""A tick run is worth what its own reckoning of ticks and bars notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from market.ticks import NewTick
from tests.faults.realtime.expected import (
    BEFORE,
    MINUTE,
    Arrival,
    bars_of,
    closed,
    differences,
    lateness_of,
    said_by,
)
from tests.faults.realtime.ticks import INSTRUMENTS, START

KEY = INSTRUMENTS[0]


def tick(seconds: int, price: float = 100.0) -> NewTick:
    """Return a tick that is named by its second."""
    return NewTick(
        instrument_key=KEY,
        at=START + timedelta(seconds=seconds),
        source="faults",
        event_id=str(seconds),
        price=price,
        size=1.0,
    )


def one_by_one(
    ticks: Sequence[NewTick], *, pause_before: int | None = None, pause: float = 0.0
) -> list[Arrival]:
    """Return calls of one tick each, a moment after one another but for one pause."""
    arrivals, now = [], 0.0
    for place in range(len(ticks)):
        now += 0.01 + (pause if place == pause_before else 0.0)
        arrivals.append(Arrival(place + 1, now - 0.01, now))
    return arrivals


def test_a_tick_is_late_when_another_came_two_seconds_after_its_bars_end() -> None:
    in_time = [tick(54), tick(61), tick(50)]
    late = [tick(54), tick(62), tick(50), tick(51), tick(63)]

    assert not lateness_of(in_time, one_by_one(in_time)).certain
    assert lateness_of(late, one_by_one(late)).certain == {"50", "51"}


def test_a_tick_that_is_sent_again_is_not_judged_again() -> None:
    sent = [tick(54), tick(62), tick(54)]

    assert lateness_of(sent, one_by_one(sent)).certain == frozenset()


@pytest.mark.parametrize(("pause", "possible"), [(1.0, set()), (30.0, {"50"})])
def test_after_a_pause_the_clock_may_have_closed_a_bar(pause: float, possible: set[str]) -> None:
    sent = [tick(54), tick(48), tick(50)]

    lateness = lateness_of(sent, one_by_one(sent, pause_before=1, pause=pause))

    assert lateness.certain == frozenset()
    assert lateness.possible == possible


@pytest.mark.parametrize(
    ("flags", "not_flagged", "without_reason"),
    [
        ({"50": ("late",)}, 0, 0),
        ({}, 1, 0),
        ({"50": ("outlier",)}, 1, 1),
        ({"50": ("late",), "62": ("late",)}, 0, 1),
    ],
    ids=["right", "missed", "of another kind", "one too many"],
)
def test_a_flag_that_is_missing_or_too_many_is_counted(
    flags: dict[str, tuple[str, ...]], not_flagged: int, without_reason: int
) -> None:
    sent = [tick(54), tick(62), tick(50)]

    found = lateness_of(sent, one_by_one(sent)).differences(flags)

    assert found == {"not_flagged": not_flagged, "flagged_without_reason": without_reason}


def test_a_bar_is_of_the_different_ticks_that_were_not_late_by_their_instants() -> None:
    sent = [tick(0, 5.0), tick(12, 1.0), tick(6, 9.0), tick(12, 1.0), tick(18, 4.0), tick(60, 2.0)]

    bars = bars_of(sent, late={"18"})

    assert bars[KEY, START - MINUTE] == BEFORE
    assert bars[KEY, START] == (5.0, 9.0, 1.0, 1.0, 3.0)
    assert bars[KEY, START + MINUTE] == (2.0, 2.0, 2.0, 2.0, 1.0)


def test_the_last_minute_may_be_recorded_and_every_other_has_to_be() -> None:
    bars = bars_of([tick(0), tick(60)], late=())

    assert closed(bars, found=()).keys() == bars.keys() - {(KEY, START + MINUTE)}
    assert closed(bars, found=[(KEY, START + MINUTE)]) == bars


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ({"a": 1, "b": 2}, {}),
        ({"a": 1}, {"missing": 1}),
        ({"a": 1, "b": 2, "c": 3}, {"strangers": 1}),
        ({"a": 1, "b": 3}, {"changed": 1}),
    ],
)
def test_what_differs_from_what_was_sent_is_counted(
    found: dict[str, int], wrong: dict[str, int]
) -> None:
    right = {"missing": 0, "strangers": 0, "changed": 0}

    assert differences({"a": 1, "b": 2}, found) == {**right, **wrong}


def test_a_tick_is_told_from_others_by_its_name_and_compared_by_its_numbers() -> None:
    at: datetime = START + timedelta(seconds=6)

    assert said_by([tick(6, 7.0), tick(6, 7.0)]) == {(KEY, "6"): (at, (7.0, 1.0))}
