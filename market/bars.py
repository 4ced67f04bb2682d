"""A bar as it arrives, and what makes one believable. Knows no table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from market.timeframes import Timeframe, UnknownTimeframe

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBar:
    """One closed bar of one instrument."""

    instrument_key: str
    timeframe: str
    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def closes_at(self) -> datetime:
        """Return when the bar ends."""
        return Timeframe(self.timeframe).closes_at(self.opened_at)

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Return what no two bars share."""
        return self.instrument_key, self.timeframe, self.opened_at

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        """Return open, high, low, close and volume."""
        return self.open, self.high, self.low, self.close, self.volume

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} {self.opened_at:%Y-%m-%d %H:%M}"


def problems_of(bar: NewBar, *, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield ``(field, what is wrong)`` for all that makes a bar unbelievable."""
    yield from _time_problems(bar, now=now)
    broken = [name for name in (*PRICES, "volume") if not math.isfinite(getattr(bar, name))]
    for name in broken:
        yield name, f"is {getattr(bar, name)}, which is no number"
    if not broken:
        yield from _price_problems(bar)


def _time_problems(bar: NewBar, *, now: datetime) -> Iterator[tuple[str, str]]:
    try:
        timeframe = Timeframe(bar.timeframe)
    except UnknownTimeframe as error:
        yield "timeframe", error.message
        return
    if timeframe.name != bar.timeframe:
        yield "timeframe", f"is written {timeframe.name}, not {bar.timeframe}"
    if bar.opened_at.tzinfo is None:
        yield "opened_at", "needs a time zone"
        return
    if timeframe.floor(bar.opened_at) != bar.opened_at:
        expected = timeframe.floor(bar.opened_at).isoformat()
        yield "opened_at", f"is inside a {timeframe} bar; that one opened at {expected}"
    if timeframe.closes_at(bar.opened_at) > now:
        yield "opened_at", f"has a bar that closes after {now.isoformat()}; record it when closed"


def _price_problems(bar: NewBar) -> Iterator[tuple[str, str]]:
    for name in PRICES:
        if getattr(bar, name) <= 0:
            yield name, f"is {getattr(bar, name)}; a price is above zero"
    if bar.high < (top := max(bar.open, bar.close)):
        yield "high", f"is {bar.high}, below the open or close of {top}"
    if bar.low > (bottom := min(bar.open, bar.close)):
        yield "low", f"is {bar.low}, above the open or close of {bottom}"
    if bar.low > bar.high:
        yield "low", f"is {bar.low}, above the high of {bar.high}"
    if bar.volume < 0:
        yield "volume", f"is {bar.volume}; it may not be negative"
