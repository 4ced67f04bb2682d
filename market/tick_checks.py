"""What is wrong or odd about a tick, given what its source said before. Knows no table.

A flag keeps a tick out of bars; a remark does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from market.tick_bars import BASE
from market.ticks import NewTick


class Flag(StrEnum):
    """Why no bar is made of a tick."""

    IMPOSSIBLE = "impossible"
    CROSSED = "crossed"
    OUTLIER = "outlier"
    LATE = "late"
    FUTURE = "future"
    CHANGED = "changed"


class Remark(StrEnum):
    """What is odd about a tick that counts."""

    OUT_OF_ORDER = "out_of_order"
    GAP = "gap"


@dataclass(frozen=True, kw_only=True)
class TickRules:
    """The numbers by which ticks are judged."""

    outlier_factor: float
    outliers_believed: int
    future_skew: timedelta
    grace: timedelta


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where a source stands with an instrument; ``outliers`` in a row lie about one price."""

    newest_at: datetime | None = None
    price: float | None = None
    sequence: int | None = None
    outliers: int = 0
    outlier_price: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; without flags the tick counts."""

    flags: tuple[Flag, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True, kw_only=True)
class OpenBar:
    """How far an instrument's bars are closed: ``newest_at`` is of all sources' ticks."""

    closed_until: datetime | None
    newest_at: datetime | None

    def is_over(self, at: datetime, *, grace: timedelta) -> bool:
        """Tell whether the bar of an instant is closed.

        It closes with the first tick that is at least ``grace`` after its end, or is recorded.
        """
        if self.closed_until is not None and at < self.closed_until:
            return True
        if self.newest_at is None:
            return False
        return BASE.closes_at(BASE.floor(at)) + grace <= self.newest_at


def judge(
    tick: NewTick, *, standing: Standing, bar: OpenBar, now: datetime, rules: TickRules
) -> Verdict:
    """Return what is found about a tick, and move on where its source stands."""
    remarks = tuple(_remarks(tick, standing))
    flags = tuple(_flags(tick, standing, bar, now=now, rules=rules))
    if tick.sequence is not None:
        standing.sequence = max(tick.sequence, standing.sequence or tick.sequence)
    if flags:
        return Verdict(flags, remarks)
    standing.newest_at = max(tick.at, standing.newest_at or tick.at)
    standing.price = _level(tick)
    standing.outliers, standing.outlier_price = 0, None
    bar.newest_at = max(tick.at, bar.newest_at or tick.at)
    return Verdict((), remarks)


def _remarks(tick: NewTick, standing: Standing) -> Iterator[Remark]:
    if standing.newest_at is not None and tick.at < standing.newest_at:
        yield Remark.OUT_OF_ORDER
    if None not in (tick.sequence, standing.sequence):
        assert tick.sequence is not None
        assert standing.sequence is not None
        if tick.sequence > standing.sequence + 1:
            yield Remark.GAP


def _flags(
    tick: NewTick, standing: Standing, bar: OpenBar, *, now: datetime, rules: TickRules
) -> Iterator[Flag]:
    if tick.at > now + rules.future_skew:
        yield Flag.FUTURE
    if bar.is_over(tick.at, grace=rules.grace):
        yield Flag.LATE
    if _is_impossible(tick):
        yield Flag.IMPOSSIBLE
        return
    if tick.bid is not None and tick.ask is not None and tick.bid > tick.ask:
        yield Flag.CROSSED
    elif _is_outlier(tick, standing, rules):
        yield Flag.OUTLIER


def _is_impossible(tick: NewTick) -> bool:
    prices = [price for price in (tick.price, tick.bid, tick.ask) if price is not None]
    if any(not math.isfinite(price) or price <= 0 for price in prices):
        return True
    return tick.size is not None and (not math.isfinite(tick.size) or tick.size < 0)


# A price that really is another one (a split) is said again and again: then it is believed.
def _is_outlier(tick: NewTick, standing: Standing, rules: TickRules) -> bool:
    if standing.price is None or _is_near(tick, standing.price, rules):
        return False
    level = _level(tick)
    if standing.outlier_price is not None and _is_near(tick, standing.outlier_price, rules):
        standing.outliers += 1
    else:
        standing.outliers = 1
    standing.outlier_price = level
    return standing.outliers < rules.outliers_believed


def _is_near(tick: NewTick, level: float, rules: TickRules) -> bool:
    factor = rules.outlier_factor
    prices = (tick.price, tick.bid, tick.ask)
    return all(price is None or level / factor <= price <= level * factor for price in prices)


def _level(tick: NewTick) -> float:
    if tick.price is not None:
        return tick.price
    quotes = [quote for quote in (tick.bid, tick.ask) if quote is not None]
    return sum(quotes) / len(quotes)
