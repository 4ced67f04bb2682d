"""Trades for tests: built, stored as those that count are, and a seeded walk of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from market.bars import NewBar
from market.models import Tick
from market.services.rolling import roll_ticks
from market.ticks import NewTick

OPENING = datetime(2026, 1, 6, 14, 30, tzinfo=UTC)  # New York opens on a Tuesday in winter


def new_tick(seconds: float, price: float | None = 10.0, **fields: Any) -> NewTick:
    """Build a trade so many seconds after the opening."""
    values: dict[str, Any] = {
        "instrument_key": "AAPL",
        "at": OPENING + timedelta(seconds=seconds),
        "source": "desk",
        "event_id": f"{seconds:.6f}",
        "price": price,
        "size": 1.0,
    }
    return NewTick(**{**values, **fields})


def store(ticks: Sequence[NewTick], *, now: datetime) -> list[NewTick]:
    """Store ticks as those that count are; return those that were not stored before."""
    fresh = {tick.key: tick for tick in ticks}
    known = {
        (row.instrument_key, row.source, row.event_id)
        for row in Tick.objects.filter(event_id__in=[tick.event_id for tick in ticks])
    }
    new = [tick for key, tick in fresh.items() if key not in known]
    Tick.objects.bulk_create(
        Tick(
            instrument_key=tick.instrument_key,
            at=tick.at,
            source=tick.source,
            event_id=tick.event_id,
            price=tick.price,
            size=tick.size,
            bid=tick.bid,
            ask=tick.ask,
            sequence=tick.sequence,
            received_at=now,
        )
        for tick in new
    )
    return new


def take_in(ticks: Sequence[NewTick], *, now: datetime | None = None) -> list[NewBar]:
    """Store ticks and make bars of them, as of when the newest of them happened."""
    now = now or max(tick.at for tick in ticks)
    return roll_ticks(store(ticks, now=now), now=now)


def walk(count: int, *, seed: int = 7, key: str = "AAPL", step: float = 1.3) -> list[NewTick]:
    """Return a seeded random walk of trades, in the order in which they happened."""
    chance = random.Random(seed)
    ticks, price, seconds = [], 100.0, 0.0
    for number in range(count):
        price = round(max(1.0, price + chance.gauss(0, 0.2)), 2)
        size = round(chance.expovariate(0.01), 3)
        seconds += chance.expovariate(1 / step)
        ticks.append(new_tick(seconds, price, instrument_key=key, size=size, event_id=str(number)))
    return ticks
