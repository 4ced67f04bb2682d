"""What a run's ticks should have become, reckoned from their sending alone.

Knows neither the platform's code nor its tables, so that it cannot share a mistake with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from market.ticks import NewTick
from tests.faults.realtime.ticks import INSTRUMENTS, START

MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=2)  # for so long after its end a bar waits for ticks that were overtaken
LATE = ("late",)
# Of each instrument, recorded before the first tick: open, high, low, close, volume.
BEFORE = (100.0, 100.0, 100.0, 100.0, 1.0)

CLOSE = 3  # the place of the last price among a bar's

Bar = tuple[str, datetime]  # the instrument and the opening
Prices = tuple[float, ...]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Arrival:
    """A call that recorded ticks: how many were recorded after it, when it began and ended."""

    reached: int
    began_at: float
    ended_at: float


@dataclass(frozen=True)
class Lateness:
    """Which ticks, by their names, are late by their order, and which others may be by the clock.

    A bar closes when a tick is ``GRACE`` or more after its end; what comes then is late. It closes
    by the clock too, when a tick comes that is not the newest and the newest came long before.
    """

    certain: frozenset[str]
    possible: frozenset[str]

    def differences(self, flags: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """Count the ticks that lack their flag, and those that have one without a reason.

        ``flags`` are the recorded ones, by the names of the ticks that have any.
        """
        allowed = self.certain | self.possible
        return {
            "not_flagged": sum(flags.get(name) != LATE for name in self.certain),
            "flagged_without_reason": sum(
                name not in allowed or found != LATE for name, found in flags.items()
            ),
        }


@dataclass
class _Heard:
    """How far an instrument has got: its newest tick, when that came, how far bars are closed."""

    newest: datetime
    at: Arrival
    closed_until: datetime

    def take(self, tick: NewTick, arrival: Arrival) -> None:
        if tick.at > self.newest:
            self.newest, self.at = tick.at, arrival

    def close(self, arrival: Arrival) -> None:
        # As late as the clock may have been by then; within one call it stands.
        passed = 0.0 if arrival is self.at else arrival.ended_at - self.at.began_at
        self.closed_until = _minute(self.newest + timedelta(seconds=passed) - GRACE)


def lateness_of(sent: Sequence[NewTick], arrivals: Sequence[Arrival]) -> Lateness:
    """Return which ticks are late, given the order of their sending and when it was done."""
    heard: dict[str, _Heard] = {}
    certain, possible = set(), set()
    for arrival, ticks in _new_ones(sent, arrivals):
        for tick in ticks:
            key = tick.instrument_key
            before = heard.setdefault(key, _Heard(tick.at, arrival, _minute(tick.at)))
            if opening_of(tick) + MINUTE + GRACE <= before.newest:
                certain.add(tick.event_id)
            elif tick.at < before.closed_until:
                possible.add(tick.event_id)
            before.take(tick, arrival)
        for key in {tick.instrument_key for tick in ticks}:
            heard[key].close(arrival)
    return Lateness(frozenset(certain), frozenset(possible))


def _new_ones(
    sent: Sequence[NewTick], arrivals: Sequence[Arrival]
) -> Iterator[tuple[Arrival, list[NewTick]]]:
    seen: set[str] = set()
    reached = 0
    for arrival in arrivals:
        ticks = []
        for tick in sent[reached : arrival.reached]:
            if tick.event_id not in seen:
                seen.add(tick.event_id)
                ticks.append(tick)
        reached = arrival.reached
        yield arrival, ticks


def bars_of(sent: Sequence[NewTick], *, late: Collection[str]) -> dict[Bar, Prices]:
    """Return the bars of all minutes, also the last, without the ticks that were late."""
    bars: dict[Bar, Prices] = {(key, START - MINUTE): BEFORE for key in INSTRUMENTS}
    counting: dict[Bar, dict[str, NewTick]] = {}
    for tick in sent:
        if tick.event_id not in late:
            bar = tick.instrument_key, opening_of(tick)
            counting.setdefault(bar, {})[tick.event_id] = tick
    for bar, ticks in counting.items():
        ordered = sorted(ticks.values(), key=lambda tick: tick.at)
        prices = [tick.price or 0.0 for tick in ordered]
        volume = sum(tick.size or 0.0 for tick in ordered)
        bars[bar] = (prices[0], max(prices), min(prices), prices[-1], volume)
    return bars


def closed(bars: Mapping[Bar, Prices], found: Collection[Bar]) -> dict[Bar, Prices]:
    """Return those that should be recorded: all but the last minute, which the clock may close."""
    last = max(opened_at for _, opened_at in bars)
    return {bar: prices for bar, prices in bars.items() if bar[1] < last or bar in found}


def differences(expected: Mapping[Found, object], found: Mapping[Found, object]) -> dict[str, int]:
    """Count what is missing, what should not be there, and what says something else."""
    both = expected.keys() & found.keys()
    return {
        "missing": len(expected.keys() - both),
        "strangers": len(found.keys() - both),
        "changed": sum(expected[each] != found[each] for each in both),
    }


def opening_of(tick: NewTick) -> datetime:
    """Return the opening of the bar that a tick is of."""
    return _minute(tick.at)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def said_by(sent: Sequence[NewTick]) -> dict[tuple[str, str], tuple[datetime, Prices]]:
    """Return what each different tick says, by its instrument and name."""
    return {
        (tick.instrument_key, tick.event_id): (tick.at, (tick.price or 0.0, tick.size or 0.0))
        for tick in sent
    }
