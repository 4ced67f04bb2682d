"""From trades to the bar of a minute. Knows no table and no clock.

The bar depends on which trades there were and not on the order in which they came: they are read in
the order in which they happened, and volumes are added without rounding in between.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from market.bars import NewBar
from market.timeframes import Timeframe

BASE = Timeframe("1m")  # what ticks become first; longer bars are made of these


class Trade(NamedTuple):
    """One trade of an instrument."""

    at: datetime
    price: float
    size: float | None
    is_history: bool = False


def bars_of_trades(instrument_key: str, trades: Iterable[Trade]) -> Iterator[NewBar]:
    """Yield the bar of each minute in which there were trades, oldest first.

    ``trades`` are in the order in which they happened (``market.tick_order``). A bar of nothing but
    history is history.
    """
    for opened_at, group in groupby(trades, key=lambda trade: BASE.floor(trade.at)):
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
        is_history=all(trade.is_history for trade in trades),
    )


def _sum(sizes: Sequence[float]) -> float:
    try:
        return math.fsum(sizes)
    except OverflowError:  # each is a number, all together are none: the largest there is
        return sys.float_info.max
