"""Ticks for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from market.models import Tick
from market.ticks import NewTick
from tests.market.prices import LATER


def new_tick(number: int, **fields: Any) -> NewTick:
    """Build the numbered tick of a source, a millisecond after the one before."""
    values: dict[str, Any] = {
        "instrument_key": "AAPL",
        "at": LATER - timedelta(seconds=30) + timedelta(milliseconds=number),
        "source": "test",
        "event_id": str(number),
        "price": 10.0,
    }
    return NewTick(**{**values, **fields})


def recorded() -> dict[str, list[str]]:
    """Return the flags of every recorded tick by its name."""
    return dict(Tick.objects.values_list("event_id", "flags"))
