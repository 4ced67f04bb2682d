"""The ticks of a run: the same for the same seed, some of them twice, some in the wrong order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from market.ticks import NewTick

INSTRUMENTS = ("EURUSD", "XAUUSD", "BTCUSD", "NIFTY50", "ETHUSD")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
APART = timedelta(seconds=6)  # of one instrument's ticks: ten to a bar of a minute
SHARE = 0.05  # of the ticks that come twice, and of those that change places with the next


@dataclass(frozen=True)
class Counts:
    """What was done to the ticks."""

    ticks: int
    duplicates: int
    swaps: int


def make_ticks(count: int, *, seed: int) -> tuple[list[NewTick], Counts]:
    """Return ticks in the order of their sending, repeated ones besides, and what was done."""
    chance = random.Random(seed)
    ticks = list(_walk(count, chance))
    swaps = 0
    for place in range(0, count - 2 * len(INSTRUMENTS), 2):
        if chance.random() < 2 * SHARE:
            # With the same instrument's next one, so that its ticks come in the wrong order.
            other = place + len(INSTRUMENTS)
            ticks[place], ticks[other] = ticks[other], ticks[place]
            swaps += 1
    sent: list[NewTick] = []
    duplicates = 0
    for tick in ticks:
        sent.append(tick)
        if chance.random() < SHARE:
            sent.insert(max(0, len(sent) - chance.randint(1, 8)), tick)
            duplicates += 1
    return sent, Counts(count, duplicates, swaps)


def _walk(count: int, chance: random.Random) -> Iterator[NewTick]:
    prices = dict.fromkeys(INSTRUMENTS, 100.0)
    for number in range(count):
        instrument = INSTRUMENTS[number % len(INSTRUMENTS)]
        prices[instrument] *= 1 + chance.uniform(-0.0005, 0.0005)
        yield NewTick(
            instrument_key=instrument,
            at=START + APART * (number // len(INSTRUMENTS)),
            source="faults",
            event_id=str(number),
            price=round(prices[instrument], 6),
            size=1.0,
        )
