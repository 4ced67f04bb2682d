"""A bar as it arrives, and what makes one believable. Knows no table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from market.calendars import DAY, Calendar
from market.timeframes import Timeframe, UnknownTimeframe

MINUTE = timedelta(minutes=1)
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBar:
    """One closed bar of one instrument.

    ``ends_at`` is said of a bar that a session ends, and ``known_at`` of numbers that came after
    the bar had closed. ``missing`` counts the bars that are not there of those it is made of; one
    that is not made of others has None. No script runs for a bar that came as history.
    """

    instrument_key: str
    timeframe: str
    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    ends_at: datetime | None = None
    known_at: datetime | None = None
    missing: int | None = None
    is_history: bool = False

    @property
    def closes_at(self) -> datetime:
        """Return when the bar ends."""
        return self.ends_at or Timeframe(self.timeframe).closes_at(self.opened_at)

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Return what no two bars share."""
        return self.instrument_key, self.timeframe, self.opened_at

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        """Return open, high, low, close and volume."""
        return self.open, self.high, self.low, self.close, self.volume

    def known_from(self, instant: datetime) -> NewBar:
        """Return the same bar, of which the numbers became known at an instant."""
        return replace(self, known_at=instant)

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} {self.opened_at:%Y-%m-%d %H:%M}"


def in_session(bar: NewBar, calendar: Calendar) -> NewBar:
    """Return a bar with the end that its session gives it."""
    timeframe = Timeframe(bar.timeframe)
    if not _is_cut_by_sessions(timeframe, calendar):
        return bar
    period = calendar.period_of(timeframe, bar.opened_at)
    return replace(bar, ends_at=period.closes_at) if period else bar


def problems_of(
    bar: NewBar, *, now: datetime, calendar: Calendar | None = None
) -> Iterator[tuple[str, str]]:
    """Yield ``(field, what is wrong)`` for all that makes a bar unbelievable.

    With the calendar of its exchange, bars of less than a day are those of the exchange's sessions.
    """
    yield from _time_problems(bar, now=now, calendar=calendar)
    broken = [name for name in (*PRICES, "volume") if not math.isfinite(getattr(bar, name))]
    for name in broken:
        yield name, f"is {getattr(bar, name)}, which is no number"
    if not broken:
        yield from _price_problems(bar)


def _time_problems(
    bar: NewBar, *, now: datetime, calendar: Calendar | None
) -> Iterator[tuple[str, str]]:
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
    opened_at, closes_at = _stretch(bar.opened_at, timeframe, calendar)
    if opened_at != bar.opened_at:
        expected = opened_at.isoformat()
        yield "opened_at", f"is inside a {timeframe} bar; that one opened at {expected}"
    if closes_at > now:
        yield "opened_at", f"has a bar that closes after {now.isoformat()}; record it when closed"


# Of the bar that contains an instant. Between sessions bars are counted from midnight UTC, and one
# that reaches into a session is none: its place is taken by the session's first bar.
def _stretch(
    instant: datetime, timeframe: Timeframe, calendar: Calendar | None
) -> tuple[datetime, datetime]:
    opened_at = timeframe.floor(instant)
    closes_at = timeframe.closes_at(opened_at)
    if calendar is None or not _is_cut_by_sessions(timeframe, calendar):
        return opened_at, closes_at
    period = calendar.period_of(timeframe, instant)
    if period is None:
        session = next(calendar.sessions_between(instant, closes_at), None)
        period = calendar.period_of(timeframe, session.opens_at) if session else None
    return (period.opened_at, period.closes_at) if period else (opened_at, closes_at)


# Sessions begin on whole minutes, and days are named by their dates: neither is moved by them.
def _is_cut_by_sessions(timeframe: Timeframe, calendar: Calendar) -> bool:
    return not calendar.is_always_open and MINUTE < timeframe.length < DAY


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
