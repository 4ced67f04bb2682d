"""Where the bars of an experiment come from: the gateway, or the recording of the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from accounts.models import User
from execution.lookahead.bars import COLUMNS, Bars, make_bars
from execution.lookahead.worlds import DAILY, LoadBars
from gateway import reads
from gateway.instruments import instruments_with_history
from gateway.requests import BARS_MAX, MarketDataRequest
from gateway.sources import InvalidRead, read_market_data
from market import us_equities
from market.timeframes import Timeframe

# Fewer are no history: half a year of days.
BARS_LEAST = 120
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Instruments with a history, the longest first, and how to read their bars."""

    instruments: tuple[str, ...]
    load: LoadBars


def recorded_prices(
    timeframe: str, *, user: User | None, as_of: datetime, only: str | None = None
) -> Prices:
    """Return what the database knows, read through the gateway as somebody.

    Without a user it is the platform itself that reads, at a console.
    """
    found = [key for key, _ in instruments_with_history(timeframe, bars=BARS_LEAST)]
    if only is not None:
        found = [key for key in found if key == only]

    @lru_cache(maxsize=64)
    def load(instrument: str, timeframe: str) -> Bars:
        request = MarketDataRequest(instrument_key=instrument, timeframe=timeframe, bars=BARS_MAX)
        try:
            table = (
                read_market_data(request, as_of=as_of)
                if user is None
                else _reader(user, instrument, timeframe, as_of).read(request)
            )
        except InvalidRead:
            return _no_bars(timeframe)
        return make_bars(timeframe, table.index_ns, dict(table.columns))

    return Prices(instruments=tuple(found), load=load)


def bundled_prices(*, only: str | None = None) -> Prices:
    """Return the recording that comes with the project, for a database without prices."""
    recording = us_equities.recording()
    by_key: dict[str, list[tuple[float, ...]]] = {}
    opened: dict[str, list[int]] = {}
    for session in recording.sessions:
        for bar in session.bars:
            by_key.setdefault(bar.instrument_key, []).append(bar.values)
            opened.setdefault(bar.instrument_key, []).append(
                int(bar.opened_at.timestamp()) * _SECOND_NS
            )

    def load(instrument: str, timeframe: str) -> Bars:
        if instrument not in by_key or Timeframe(timeframe).name != DAILY:
            return _no_bars(timeframe)
        table = np.array(by_key[instrument], dtype=np.float64)
        return make_bars(
            DAILY,
            np.array(opened[instrument], dtype=np.int64),
            {name: table[:, column].copy() for column, name in enumerate(COLUMNS)},
        )

    keys = sorted(by_key, key=lambda key: (-len(by_key[key]), key))
    return Prices(
        instruments=tuple(key for key in keys if only is None or key == only),
        load=lru_cache(maxsize=64)(load),
    )


def _reader(user: User, instrument: str, timeframe: str, as_of: datetime) -> reads.Reader:
    return reads.reader_for(
        user, None, instrument_key=instrument, timeframe=timeframe, as_of=as_of, upstream={}
    )


def _no_bars(timeframe: str) -> Bars:
    nothing = np.empty(0, dtype=np.int64)
    return make_bars(timeframe, nothing, {name: np.empty(0) for name in COLUMNS})
