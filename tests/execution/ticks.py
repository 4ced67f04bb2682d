"""Ticks as they stand in the table, for tests of what they set off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from market.models import Tick

FIRST_TICK = datetime(2006, 1, 5, 14, 30, tzinfo=UTC)


def tick_time(second: float) -> datetime:
    """Return an instant so many seconds after the first tick's."""
    return FIRST_TICK + timedelta(seconds=second)


def store_tick(
    second: float, price: float | None, *, flags: tuple[str, ...] = (), event_id: str = "1"
) -> Tick:
    """Store a tick of IBM as its source sent it."""
    at = tick_time(second)
    return Tick.objects.create(
        instrument_key="IBM",
        at=at,
        source="test",
        event_id=event_id,
        price=price,
        size=10.0 if price is not None else None,
        bid=99.0,
        ask=101.0,
        received_at=at,
        flags=list(flags),
    )
