"""A made-up feed: quotes and trades of a price that wanders, the same for the same seed.

Nothing of it is a real price. Dirt (repetitions, swaps, gaps) can be mixed in, to show what the
platform makes of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from market.ticks import NewTick

SOURCE = "simulated"
EXCHANGE = "SIMULATED"  # the mark of an instrument whose prices are made up
START_PRICE = 100.0
STEP = 0.0008  # standard deviation of one tick's change of the logarithm of the price
PULL = 0.0005  # by how much of its distance each tick draws the price back to its start
HALF_SPREAD = 0.0002
QUOTES = 0.5  # the share of ticks that are quotes


@dataclass(frozen=True, kw_only=True)
class Dirt:
    """How many of the ticks, 0 to 1, come twice, change places with the next, or are left out."""

    duplicates: float = 0.0
    swaps: float = 0.0
    gaps: float = 0.0

    def __post_init__(self) -> None:
        for name in ("duplicates", "swaps", "gaps"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1")


@dataclass(frozen=True, kw_only=True)
class SimulatedFeed:
    """An endless feed of some instruments: each has ``ticks_per_second``, evenly spaced."""

    instrument_keys: tuple[str, ...]
    seed: int
    started_at: datetime
    ticks_per_second: float
    dirt: Dirt = field(default_factory=Dirt)

    def ticks(self) -> Iterator[NewTick]:
        """Yield the ticks in the order in which they arrive."""
        return with_dirt(self.clean_ticks(), self.dirt, seed=self.seed)

    def clean_ticks(self) -> Iterator[NewTick]:
        """Yield the ticks in the order in which they happen, each once."""
        walks = [Walk(key, seed=self.seed) for key in self.instrument_keys]
        # Names that no other run gives, unless it began at the same instant.
        run = f"{self.started_at.timestamp():.0f}"
        number = 0
        while True:
            at = self.started_at + timedelta(seconds=number / self.ticks_per_second)
            number += 1
            for walk in walks:
                yield walk.tick(at=at, event_id=f"{run}-{number}", sequence=number)


class Walk:
    """One wandering price."""

    def __init__(self, instrument_key: str, *, seed: int) -> None:
        self._key = instrument_key
        self._random = Random(f"{seed}:{instrument_key}")
        self._distance = 0.0

    def tick(self, *, at: datetime, event_id: str, sequence: int) -> NewTick:
        """Return the next tick."""
        self._distance += self._random.gauss(-PULL * self._distance, STEP)
        price = START_PRICE * math.exp(self._distance)
        is_quote = self._random.random() < QUOTES
        size = float(self._random.randint(1, 50))
        return NewTick(
            instrument_key=self._key,
            at=at,
            source=SOURCE,
            event_id=event_id,
            price=None if is_quote else round(price, 2),
            size=None if is_quote else size,
            bid=round(price * (1 - HALF_SPREAD), 2) if is_quote else None,
            ask=round(price * (1 + HALF_SPREAD), 2) if is_quote else None,
            sequence=sequence,
        )


def with_dirt(ticks: Iterable[NewTick], dirt: Dirt, *, seed: int) -> Iterator[NewTick]:
    """Yield ticks with dirt mixed in, the same for the same seed.

    A tick that is left out leaves a gap in its source's numbers; one that changes places comes
    right after the next.
    """
    random = Random(f"dirt:{seed}")
    held: NewTick | None = None
    for tick in ticks:
        if random.random() < dirt.gaps:
            continue
        if held is None and random.random() < dirt.swaps:
            held = tick
            continue
        yield tick
        if random.random() < dirt.duplicates:
            yield tick
        if held is not None:
            yield held
            held = None
    if held is not None:
        yield held
