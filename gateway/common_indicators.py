"""Common indicators as outputs: of each closed bar the value that was known when it closed.

Importing this brings TA-Lib and pandas along: whoever publishes does it when somebody follows one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from market import queries as market_queries
from market.aggregation import BarColumns, nanoseconds_of
from market.calendars import DAY, Calendar
from market.derived_reads import calendar_of_instrument
from market.indicators import bars_needed, newest_value
from market.models import Bar
from market.timeframes import Timeframe
from streams.appending import NewOutput
from streams.keys import CommonKey, parse
from streams.models import Stream

LONGEST_REST = timedelta(days=21)  # between two sessions of an exchange
COUNTED_BARS_MAX = LONGEST_REST // timedelta(minutes=1)
LATER_BARS = 500  # that a late one may have been overtaken by
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class ClosedBar:
    """A bar that has closed; ``known_at`` is None unless its numbers became known later."""

    instrument_key: str
    timeframe: str
    opened_at: datetime
    closes_at: datetime
    known_at: datetime | None = None


@dataclass(frozen=True)
class _Asked:
    """A stream and what it holds; ``bars`` is None where it counts from a beginning."""

    stream: Stream
    indicator: str
    params: Mapping[str, Any]
    bars: int | None


def outputs_at(
    streams: Sequence[Stream], bars: Sequence[ClosedBar]
) -> list[tuple[Stream, list[NewOutput]]]:
    """Return what streams of one instrument have to say of some of its bars, oldest first.

    Where the bars up to one do not suffice, or the indicator is not defined on them, it says
    nothing.
    """
    asked = [_asked(stream) for stream in streams]
    market = _Market.of(bars, asked)
    found: dict[int, list[NewOutput]] = {one.stream.pk: [] for one in asked}
    for bar in bars:
        known = market.known_at_close(bar)
        for one in asked:
            value = newest_value(one.indicator, one.params, market.part(known, bar, one).values)
            if value is not None:
                found[one.stream.pk].append(_output(bar, value))
    return [(one.stream, found[one.stream.pk]) for one in asked]


def _asked(stream: Stream) -> _Asked:
    key = parse(stream.key)
    if not isinstance(key, CommonKey):
        raise TypeError(f"{stream.key} is no stream of a common indicator.")
    return _Asked(stream, key.indicator, key.params, bars_needed(key.indicator, key.params))


def _output(bar: ClosedBar, value: float | dict[str, float]) -> NewOutput:
    return NewOutput(
        value=value,
        timestamp=bar.closes_at,
        metadata={"timeframe": bar.timeframe},
        bar_opened_at=bar.opened_at,
    )


class _Market:
    """The bars before and with some bars of one instrument, as they were known at each close."""

    def __init__(
        self, bars: Sequence[ClosedBar], *, longest: int, calendar: Calendar | None
    ) -> None:
        self._calendar = calendar
        self._longest = longest
        self._together: BarColumns | None = None
        if len(bars) > 1 and not _something_came_later(bars):
            self._together = self._read(bars[0], bars[-1], extra=len(bars) - 1)

    @classmethod
    def of(cls, bars: Sequence[ClosedBar], asked: Sequence[_Asked]) -> _Market:
        """Return the bars that are needed for what is asked."""
        counts = any(one.bars is None for one in asked)
        calendar = calendar_of_instrument(bars[0].instrument_key) if counts else None
        longest = max((one.bars for one in asked if one.bars is not None), default=1)
        return cls(bars, longest=longest, calendar=calendar)

    def known_at_close(self, bar: ClosedBar) -> BarColumns:
        """Return the bars up to one, and none after it, as they were known when it closed."""
        found = self._read(bar, bar) if self._together is None else self._together
        if _newest_of(found) < nanoseconds_of(bar.opened_at) and bar.known_at is not None:
            # It came late itself: then it is known from when it came.
            found = self._read(bar, bar, as_of=bar.known_at, extra=LATER_BARS)
        return found.part(slice(np.searchsorted(found.opened_at_ns, _after(bar))))

    def part(self, known: BarColumns, bar: ClosedBar, asked: _Asked) -> BarColumns:
        """Return those of the bars from which a value is computed."""
        if asked.bars is not None:
            return known.part(slice(-asked.bars, None))
        beginning = nanoseconds_of(self._beginning(bar, daily=asked.indicator == "vwap"))
        return known.part(slice(np.searchsorted(known.opened_at_ns, beginning), None))

    def _read(
        self,
        first: ClosedBar,
        last: ClosedBar,
        *,
        as_of: datetime | None = None,
        extra: int = 0,
    ) -> BarColumns:
        asked_at, limit = as_of or last.closes_at, self._longest + extra
        market = (last.instrument_key, last.timeframe)
        found = market_queries.bars_between(*market, as_of=asked_at, limit=limit)
        if self._calendar is None or len(found) < limit:
            return found
        beginning = self._beginning(first, daily=False)
        if found.opened_at_ns[0] <= nanoseconds_of(beginning):
            return found
        limit = COUNTED_BARS_MAX + extra
        return market_queries.bars_between(
            *market, after=beginning - INSTANT, as_of=asked_at, limit=limit
        )

    def _beginning(self, bar: ClosedBar, *, daily: bool) -> datetime:
        """Return from when on an indicator counts: the session's day, or of days the year."""
        if Timeframe(bar.timeframe).length >= DAY:
            return bar.opened_at if daily else datetime(bar.opened_at.year, 1, 1, tzinfo=UTC)
        assert self._calendar is not None
        sessions = self._calendar.sessions_between(
            bar.opened_at - LONGEST_REST, bar.opened_at + INSTANT
        )
        newest = list(sessions)[-1]
        return self._calendar.sessions_on(newest.day)[0].opens_at


def _something_came_later(bars: Sequence[ClosedBar]) -> bool:
    # Corrected or late: what was known at the first of these closes was not what is known now.
    return Bar.objects.filter(
        instrument_key=bars[0].instrument_key,
        timeframe=bars[0].timeframe,
        opened_at__lte=bars[-1].opened_at,
        known_at__gt=bars[0].closes_at,
    ).exists()


def _newest_of(bars: BarColumns) -> int:
    return int(bars.opened_at_ns[-1]) if len(bars) else -1


def _after(bar: ClosedBar) -> int:
    return nanoseconds_of(bar.opened_at) + 1
