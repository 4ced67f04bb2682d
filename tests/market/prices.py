"""Instruments and bars for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from market.bars import NewBar
from market.models import Instrument

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def make_instrument(key: str = "AAPL") -> Instrument:
    """Build an instrument."""
    return Instrument.objects.create(
        key=key,
        name=f"{key} Inc.",
        kind="equity",
        currency="USD",
        exchange="NASDAQ",
        timezone="America/New_York",
        created_at=FIRST_DAY,
    )


def new_bar(key: str = "AAPL", *, day: int = 0, close: float = 10.0, **fields: Any) -> NewBar:
    """Build the bar of a day, counted from FIRST_DAY."""
    values: dict[str, Any] = {
        "instrument_key": key,
        "timeframe": "1d",
        "opened_at": FIRST_DAY + day * DAY,
        "open": close,
        "high": close + 1,
        "low": close - 1,
        "close": close,
        "volume": 1000.0,
    }
    return NewBar(**{**values, **fields})


def new_bars(closes: Sequence[float], *, key: str = "AAPL") -> list[NewBar]:
    """Build one bar a day with these closes."""
    return [new_bar(key, day=day, close=close) for day, close in enumerate(closes)]
