"""A market with real prices: the recording that comes with the project, loaded as history."""

from __future__ import annotations

from datetime import UTC, datetime

from market import us_equities
from market.services.bars import record_bars
from market.services.history import load_instruments

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def load_prices(*keys: str, sessions: int) -> None:
    """Load the newest sessions before 2006 of some instruments."""
    load_instruments(now=NOW)
    bars = us_equities.recording().bars_before(us_equities.REPLAY_STARTS_AT)
    for key in keys:
        own = [bar for bar in bars if bar.instrument_key == key]
        record_bars(own[-sessions:], now=NOW)
