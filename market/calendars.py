"""When an exchange is open, and so where bars begin and end. Knows no table.

An exchange has a session on each of its trading days, or two where it pauses at noon. Bars of less
than a day are counted from the session's opening and end with it; a bar of one day is its sessions,
and a bar of several days holds those of as many dates, counted from 1970-01-01. What is traded at
all hours has a session from midnight to midnight UTC. The sessions of exchanges stand in
``data/sessions.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from market.timeframes import Timeframe

PATH = Path(__file__).parent / "data" / "sessions.json"
ALWAYS = "always"
DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)
_FRIDAY = 4

# By the names that people use and by those of ISO 10383; whatever is not here is open at all hours.
CALENDARS = MappingProxyType(
    {
        **dict.fromkeys(("NYSE", "NASDAQ", "AMEX", "ARCA", "BATS", "IEX"), "XNYS"),
        **dict.fromkeys(("XNYS", "XNAS", "XASE", "ARCX", "IEXG"), "XNYS"),
        **dict.fromkeys(("TSX", "XTSE"), "XTSE"),
        **dict.fromkeys(("LSE", "XLON"), "XLON"),
        **dict.fromkeys(("EURONEXT PARIS", "XPAR"), "XPAR"),
        **dict.fromkeys(("EURONEXT AMSTERDAM", "XAMS"), "XAMS"),
        **dict.fromkeys(("EURONEXT BRUSSELS", "XBRU"), "XBRU"),
        **dict.fromkeys(("XETRA", "XETR"), "XETR"),
        **dict.fromkeys(("SIX", "XSWX"), "XSWX"),
        **dict.fromkeys(("BORSA ITALIANA", "XMIL"), "XMIL"),
        **dict.fromkeys(("NSE", "BSE", "XNSE", "XBOM"), "XBOM"),
        **dict.fromkeys(("ASX", "XASX"), "XASX"),
        **dict.fromkeys(("JSE", "XJSE"), "XJSE"),
        **dict.fromkeys(("TSE", "JPX", "XTKS"), "XTKS"),
        **dict.fromkeys(("HKEX", "SEHK", "XHKG"), "XHKG"),
    }
)


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of a trading day: open from ``opens_at`` until just before ``closes_at``."""

    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch of one bar.

    ``opened_at`` names the bar. One of a day or more is named after its first date, at 00:00 UTC,
    whenever trade began on it; trades belong to it from ``starts_at`` on.
    """

    opened_at: datetime
    starts_at: datetime
    closes_at: datetime


class Calendar:
    """The sessions of one exchange, and the bars that lie in them."""

    def __init__(self, name: str, table: _Table | None) -> None:
        self.name = name
        self._table = table

    @property
    def is_always_open(self) -> bool:
        """Tell whether there is trade at all hours of all days."""
        return self._table is None

    @property
    def known_until(self) -> date | None:
        """Return the last date of which holidays are known; weekdays after it are taken as open."""
        return self._table.until if self._table else None

    def sessions_on(self, day: date) -> tuple[Session, ...]:
        """Return the sessions of a date of the exchange, none on a day off."""
        return self._sessions_of(day.year).get(day, ())

    def session_of(self, instant: datetime) -> Session | None:
        """Return the session that is open at an instant, or None between sessions."""
        session = self.session_closing_after(instant)
        return session if session.opens_at <= instant else None

    def session_closing_after(self, instant: datetime) -> Session:
        """Return the first session that closes after an instant."""
        return next(s for s in self._from(_eve(instant)) if s.closes_at > instant)

    def sessions_between(self, start: datetime, end: datetime) -> Iterator[Session]:
        """Yield the sessions that are open at some instant from ``start`` until before ``end``."""
        for session in self._from(_eve(start)):
            if session.opens_at >= end:
                return
            if session.closes_at > start:
                yield session

    def period_of(self, timeframe: Timeframe, instant: datetime) -> Period | None:
        """Return the bar in which what is traded at an instant counts; None between sessions."""
        session = self.session_of(instant)
        if session is None:
            return None
        if timeframe.length >= DAY:
            return self.period_of_day(timeframe, session.day)
        opened_at = session.opens_at + (instant - session.opens_at) // timeframe.length * (
            timeframe.length
        )
        return Period(opened_at, opened_at, min(opened_at + timeframe.length, session.closes_at))

    def period_of_day(self, timeframe: Timeframe, day: date) -> Period | None:
        """Return the bar, of a day or more, that a date belongs to; None if it has no session."""
        days = timeframe.length // DAY
        first = _EPOCH + (day - _EPOCH) // DAY // days * days * DAY
        sessions = [s for n in range(days) for s in self.sessions_on(first + n * DAY)]
        if not sessions:
            return None
        opened_at = datetime.combine(first, time(), UTC)
        return Period(opened_at, sessions[0].opens_at, sessions[-1].closes_at)

    def next_close(self, timeframe: Timeframe, after: datetime) -> datetime:
        """Return when the first bar closes that closes after an instant."""
        return next(self._periods_closing_after(timeframe, after)).closes_at

    def expected_bars(
        self, timeframe: Timeframe, start: datetime, end: datetime
    ) -> Iterator[Period]:
        """Yield the bars that close after ``start`` and by ``end``, oldest first."""
        for period in self._periods_closing_after(timeframe, start):
            if period.closes_at > end:
                return
            yield period

    def whole_bars(
        self, timeframe: Timeframe, *, since: datetime, until: datetime
    ) -> Iterator[Period]:
        """Yield the bars that lie wholly between two instants, oldest first."""
        periods = self.expected_bars(timeframe, since, until)
        return (period for period in periods if period.starts_at >= since)

    def _periods_closing_after(self, timeframe: Timeframe, after: datetime) -> Iterator[Period]:
        if timeframe.length >= DAY:
            yield from self._periods_of_days(timeframe, after)
            return
        for session in self._from(_eve(after)):
            if session.closes_at <= after:
                continue
            done = max((after - session.opens_at) // timeframe.length, 0)
            opened_at = session.opens_at + done * timeframe.length
            while opened_at < session.closes_at:
                closes_at = min(opened_at + timeframe.length, session.closes_at)
                if closes_at > after:
                    yield Period(opened_at, opened_at, closes_at)
                opened_at += timeframe.length

    def _periods_of_days(self, timeframe: Timeframe, after: datetime) -> Iterator[Period]:
        # A bar that is open now began with one of the dates that its length goes back.
        day = _eve(after) - timeframe.length
        newest: datetime | None = None
        while True:
            period = self.period_of_day(timeframe, day)
            if period is not None and period.closes_at > after and period.opened_at != newest:
                newest = period.opened_at
                yield period
            day += DAY

    def _from(self, day: date) -> Iterator[Session]:
        year = day.year
        while True:
            for sessions in self._sessions_of(year).values():
                if sessions[0].day >= day:
                    yield from sessions
            year += 1

    @lru_cache(maxsize=200)  # noqa: B019 - there is one calendar of a name, for good
    def _sessions_of(self, year: int) -> dict[date, tuple[Session, ...]]:
        first, days = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
        dates = [first + n * DAY for n in range(days)]
        return {day: sessions for day in dates if (sessions := self._sessions(day))}

    def _sessions(self, day: date) -> tuple[Session, ...]:
        if self._table is None:
            midnight = datetime.combine(day, time(), UTC)
            return (Session(day, midnight, midnight + DAY),)
        zone = self._table.timezone
        return tuple(
            Session(
                day,
                datetime.combine(day, opens, zone).astimezone(UTC),
                datetime.combine(day, closes, zone).astimezone(UTC),
            )
            for opens, closes in self._table.hours_on(day)
        )


_Hours = tuple[tuple[time, time], ...]  # opening and closing, twice where there is a pause


@dataclass(frozen=True)
class _Table:
    timezone: ZoneInfo
    until: date
    hours: tuple[tuple[int, _Hours], ...]  # from a year on, the newest first
    closed: frozenset[date]
    irregular: dict[date, _Hours]

    def hours_on(self, day: date) -> _Hours:
        if (hours := self.irregular.get(day)) is not None:
            return hours
        if day.weekday() > _FRIDAY or day in self.closed:
            return ()
        return next((h for year, h in self.hours if year <= day.year), self.hours[-1][1])


def calendar_of(exchange: str) -> Calendar:
    """Return the calendar of an exchange; one that is not known is open at all hours."""
    return _calendar(CALENDARS.get(exchange.strip().upper(), ALWAYS))


@cache
def _calendar(name: str) -> Calendar:
    return Calendar(name, _table(_tables()[name]) if name != ALWAYS else None)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return tables


def _table(written: dict[str, Any]) -> _Table:
    return _Table(
        timezone=ZoneInfo(written["timezone"]),
        until=date.fromisoformat(written["until"]),
        hours=tuple(
            sorted(((int(year), _clocks(h)) for year, h in written["hours"].items()), reverse=True)
        ),
        closed=frozenset(
            date.fromisoformat(f"{year}-{day}")
            for year, days in written["closed"].items()
            for day in days
        ),
        irregular={date.fromisoformat(d): _clocks(h) for d, h in written["irregular"].items()},
    )


# East of Greenwich a session of a date begins on the evening before, UTC.
def _eve(instant: datetime) -> date:
    return instant.astimezone(UTC).date() - DAY


def _clocks(written: list[str]) -> _Hours:
    clocks = [time.fromisoformat(text) for text in written]
    return tuple(zip(clocks[::2], clocks[1::2], strict=True))
