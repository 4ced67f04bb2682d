"""From trades to the bar of a minute. Knows no table and no clock.

The bar depends on which trades there were and not on the order in which they came: they are sorted
by what happened first, and volumes are added without rounding in between.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from market.bars import NewBar
from market.timeframes import Timeframe

BASE = Timeframe("1m")  # what ticks become first; longer bars are made of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One trade of an instrument. ``sequence`` is its source's own count, when it has one."""

    at: datetime
    source: str
    event_id: str
    price: float
    size: float | None
    sequence: int | None = None

    @property
    def order(self) -> tuple[datetime, str, int, int, str]:
        """Return what sorts trades by what happened first.

        Within one instant a source's own count decides, and without one its names of events, of
        which the shorter are the earlier: 9 comes before 10.
        """
        count = -1 if self.sequence is None else self.sequence
        return self.at, self.source, count, len(self.event_id), self.event_id


def bars_of_trades(instrument_key: str, trades: Iterable[Trade]) -> Iterator[NewBar]:
    """Yield the bar of each minute in which there were trades, oldest first."""
    ordered = sorted(trades, key=lambda trade: trade.order)
    for opened_at, group in groupby(ordered, key=lambda trade: BASE.floor(trade.at)):
        yield _bar(instrument_key, opened_at, list(group))


def _bar(instrument_key: str, opened_at: datetime, trades: Sequence[Trade]) -> NewBar:
    prices = [trade.price for trade in trades]
    return NewBar(
        instrument_key=instrument_key,
        timeframe=BASE.name,
        opened_at=opened_at,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=_sum([trade.size or 0.0 for trade in trades]),
    )


def _sum(sizes: Sequence[float]) -> float:
    try:
        return math.fsum(sizes)
    except OverflowError:  # each is a number, all together are none: the largest there is
        return sys.float_info.max
