"""Longer bars made of shorter ones when they are read, as these were known at an instant.

Which bars there are is decided by what was known at the instant alone, so that a read as of it
gives the same bars whenever it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings

from market.aggregation import (
    VALUE_COLUMNS,
    BarColumns,
    aggregated,
    instant_of,
    nanoseconds_of,
    periods_of,
)
from market.calendars import DAY, Calendar, Period, calendar_of
from market.columns import recorded_columns
from market.models import Instrument
from market.timeframes import Timeframe

ROWS_AT_ONCE = 200_000  # shorter bars that are held in memory together
MINUTE, ONE_DAY = Timeframe("1m"), Timeframe("1d")


def source_of(timeframe: Timeframe, recorded: Sequence[str]) -> Timeframe | None:
    """Return of which of the recorded timeframes longer bars are made; None if of none of them.

    Days are made of days and all else of minutes, where there are any: then bars are the same
    whether they are made when they close or when they are read. Otherwise it is the longest one of
    which a whole number makes the longer bar.
    """
    known = {Timeframe(name) for name in recorded}
    if MINUTE in known:
        known.add(ONE_DAY)  # which are recorded of minutes as soon as one has closed
    preferred = ONE_DAY if timeframe > ONE_DAY else MINUTE
    if preferred in known and preferred < timeframe:
        return preferred
    fitting = {
        shorter
        for shorter in known
        if shorter < timeframe and timeframe.seconds % shorter.seconds == 0
    }
    return max(fitting, default=None)


class KnownCalendars:
    """The calendars of instruments, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, Calendar | None] = {}

    def calendar_for(self, key: str) -> Calendar | None:
        """Return the calendar of an instrument, or None if there is no such instrument."""
        if key not in self._known:
            found = Instrument.objects.filter(pk=key).values_list("exchange", flat=True).first()
            self._known[key] = calendar_of(found) if found is not None else None
        return self._known[key]


def calendar_of_instrument(key: str) -> Calendar:
    """Return the calendar of an instrument's exchange."""
    exchange = Instrument.objects.filter(pk=key).values_list("exchange", flat=True).first()
    return calendar_of(exchange or "")


def derived_columns(
    key: str,
    timeframe: Timeframe,
    *,
    source: Timeframe,
    calendar: Calendar,
    after: datetime | None,
    before: datetime | None,
    as_of: datetime,
    limit: int,
) -> BarColumns:
    """Return the newest ``limit`` closed bars of a timeframe, made of recorded shorter ones.

    They opened after ``after`` and before ``before``, both exclusive; None is no bound. One whose
    source has a gap is made of the rest, as it is when it is recorded.
    """
    derivation = Derivation(key, timeframe, source, calendar)
    parts: list[BarColumns] = []
    missing, end = limit, derivation.start_of(before) if before else None
    rows, since = derivation.rows_for(missing), derivation.may_begin_after(after)
    while missing > 0:
        short, longer = derivation.read(after=since, before=end or as_of, as_of=as_of, limit=rows)
        is_all = len(short) < rows
        if len(longer) < 2 and not is_all:
            rows *= 4  # what is read is between sessions, or of one long bar
            continue
        if end is None:
            longer = derivation.without_open(longer, short, as_of=as_of)
        # The oldest may have begun before what was read.
        whole = longer if is_all else longer.part(slice(1, None))
        parts.insert(0, whole.part(slice(-missing, None)))
        missing -= len(parts[0])
        if is_all or _is_beyond(longer, after):
            break
        end, rows = (
            derivation.start_of(instant_of(whole.opened_at_ns[0])),
            derivation.rows_for(missing),
        )
    return _after(joined(parts), after)


@dataclass(frozen=True)
class Derivation:
    """How longer bars of an instrument are made of shorter ones."""

    key: str
    timeframe: Timeframe
    source: Timeframe
    calendar: Calendar

    def rows_for(self, bars: int) -> int:
        """Return how many shorter bars to read for so many longer ones, within memory."""
        per_bar = -(-self.timeframe.seconds // self.source.seconds)
        return max(min((bars + 1) * per_bar, ROWS_AT_ONCE), 2 * per_bar)

    def read(
        self, *, after: datetime | None, before: datetime, as_of: datetime, limit: int
    ) -> tuple[BarColumns, BarColumns]:
        """Return the newest shorter bars between instants, and the longer ones they make."""
        short = recorded_columns(
            self.key, self.source.name, after=after, before=before, as_of=as_of, limit=limit
        )
        longer = aggregated(
            short, source=self.source, timeframe=self.timeframe, calendar=self.calendar
        )
        return short, longer

    def may_begin_after(self, name: datetime | None) -> datetime | None:
        """Return after which instant the shorter bars open of all longer ones after a name."""
        # East of Greenwich the session of a date begins on the evening before it, UTC.
        return name - DAY if name is not None and self.timeframe.length >= DAY else name

    def start_of(self, name: datetime) -> datetime:
        """Return when the first shorter bar of a longer one may open."""
        if self.source.length >= DAY:
            return name
        (period,) = self._periods([name])
        return period.starts_at if period else name

    def without_open(self, longer: BarColumns, short: BarColumns, *, as_of: datetime) -> BarColumns:
        """Return longer bars without the newest one while more may come into it."""
        if not len(longer):
            return longer
        name = instant_of(longer.opened_at_ns[-1])
        newest = instant_of(short.opened_at_ns[-1])
        (period,) = self._periods([name])
        if self.source.length >= DAY:
            over_at = name + self.timeframe.length
            is_complete = period is not None and newest + DAY > period.closes_at
        else:
            assert period is not None
            over_at = period.closes_at + timedelta(seconds=settings.BAR_GRACE_SECONDS)
            is_complete = newest + self.source.length >= period.closes_at
        return longer if is_complete or as_of >= over_at else longer.part(slice(None, -1))

    def _periods(self, names: Sequence[datetime]) -> list[Period | None]:
        names_ns = np.array([nanoseconds_of(name) for name in names], dtype=np.int64)
        return list(periods_of(names_ns, timeframe=self.timeframe, calendar=self.calendar))


def joined(parts: Sequence[BarColumns]) -> BarColumns:
    """Return stretches of bars as one, in their order."""
    return BarColumns(
        opened_at_ns=np.concatenate([part.opened_at_ns for part in parts]),
        values={
            name: np.concatenate([part.values[name] for part in parts]) for name in VALUE_COLUMNS
        },
    )


def _is_beyond(bars: BarColumns, after: datetime | None) -> bool:
    return after is not None and bars.opened_at_ns[0] <= nanoseconds_of(after)


def _after(bars: BarColumns, after: datetime | None) -> BarColumns:
    if after is None:
        return bars
    first = int(np.searchsorted(bars.opened_at_ns, nanoseconds_of(after), side="right"))
    return bars.part(slice(first, None))
