"""What is known about prices, as of an instant: a bar is known once it has closed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from common.errors import InvalidInput
from market.aggregation import (
    VALUE_COLUMNS,
    BarColumns,
    instant_of,
    nanoseconds_of,
    periods_of,
)
from market.bar_sources import BarSources, bar_sources
from market.bar_sources import timeframes_of as timeframes_of
from market.calendars import DAY
from market.columns import recorded_columns
from market.derived_reads import (
    MINUTE,
    ONE_DAY,
    calendar_of_instrument,
    derived_columns,
    joined,
    source_of,
)
from market.models import Bar, BarRevision, Instrument
from market.timeframes import Timeframe

INSTRUMENTS_NAMED = 20
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
SLACK = timedelta(days=14)  # weekends and holidays around a few bars


class UnknownInstrument(InvalidInput):
    """There is no such instrument."""

    code = "unknown_instrument"


def bars_between(
    key: str,
    timeframe: str,
    *,
    after: datetime | None = None,
    as_of: datetime,
    limit: int,
) -> BarColumns:
    """Return the newest ``limit`` bars that had closed by ``as_of`` and opened after ``after``.

    Their numbers are those known at ``as_of``. A bar that closes exactly at ``as_of`` is known; one
    that opened exactly at ``after`` is left out. Bars that are not recorded are made of shorter
    ones that are. An unknown instrument has no bars.
    """
    found = _recorded(key, timeframe, after=after, as_of=as_of, limit=limit)
    if timeframe == MINUTE.name:
        return found
    sources = bar_sources(key, Timeframe(timeframe))
    found = _with_unrecorded(sources, found, as_of=as_of, limit=limit)
    if len(found) == limit:
        return found
    usual = sources.usual(is_recorded=len(found) > 0, as_of=as_of)
    if usual is None:
        return found
    found = _with_older(sources, found, source=usual, after=after, as_of=as_of, limit=limit)
    if len(found) == limit:
        return found
    # What is heard now need not be what was heard then.
    other = sources.other(usual, is_any=len(found) > 0, as_of=as_of)
    if other is None:
        return found
    return _with_older(sources, found, source=other, after=after, as_of=as_of, limit=limit)


# Bars may have been recorded as they are, long before those of which newer ones can be made.
def _with_unrecorded(
    sources: BarSources, found: BarColumns, *, as_of: datetime, limit: int
) -> BarColumns:
    until = sources.kept_from if sources.kept_from and sources.kept_from <= as_of else None
    names = found.opened_at_ns
    count = int(np.searchsorted(names, nanoseconds_of(until))) if until else len(names)
    if count == 0:
        return found
    newest = instant_of(names[count - 1])
    source = sources.between(newest, until, as_of=as_of)
    if source is None:
        return found
    kept = found.part(slice(count, None))
    made = derived_columns(
        sources.key,
        sources.timeframe,
        source=source,
        calendar=sources.calendar,
        after=newest,
        before=until,
        as_of=as_of,
        limit=limit - len(kept),
    )
    return joined([found.part(slice(count)), made, kept]).part(slice(-limit, None))


def _with_older(
    sources: BarSources,
    found: BarColumns,
    *,
    source: Timeframe,
    after: datetime | None,
    as_of: datetime,
    limit: int,
) -> BarColumns:
    older = derived_columns(
        sources.key,
        sources.timeframe,
        source=source,
        calendar=sources.calendar,
        after=after,
        before=instant_of(found.opened_at_ns[0]) if len(found) else None,
        as_of=as_of,
        limit=limit - len(found),
    )
    return joined([older, found])


def _recorded(
    key: str, timeframe: str, *, after: datetime | None, as_of: datetime, limit: int
) -> BarColumns:
    # A bounded stretch of time touches few of the table's pieces, and nearly always suffices.
    start = after or as_of - Timeframe(timeframe).length * limit * 2 - SLACK
    found = recorded_columns(key, timeframe, after=start, before=as_of, as_of=as_of, limit=limit)
    if len(found) == limit or after is not None:
        return found
    return recorded_columns(key, timeframe, after=None, before=as_of, as_of=as_of, limit=limit)


def latest_bar(key: str, timeframe: str, *, as_of: datetime | None = None) -> Bar | None:
    """Return the newest bar known at an instant, as it was known; without one, the newest of all.

    One that is not recorded, but made of shorter bars, is not in the table.
    """
    bar = _latest_recorded(key, timeframe, as_of=as_of)
    if timeframe == MINUTE.name:
        return bar
    sources = bar_sources(key, Timeframe(timeframe))
    if bar is None:
        source = sources.usual(is_recorded=False, as_of=as_of or FOR_EVER)
    elif sources.kept_from is None:
        source = sources.between(bar.opened_at, None, as_of=as_of or FOR_EVER)
    else:
        return bar
    if source is None:
        return bar
    after = bar.opened_at if bar else None
    return _latest_derived(sources, source, after=after, as_of=as_of) or bar


def _latest_recorded(key: str, timeframe: str, *, as_of: datetime | None) -> Bar | None:
    if as_of is None:
        bars = Bar.objects.filter(instrument_key=key, timeframe=timeframe)
        return bars.order_by("-opened_at").first()
    bar = known_bars(key, timeframe, as_of=as_of).order_by("-opened_at").first()
    if bar is not None and bar.known_at is not None and bar.known_at > as_of:
        _say_what_was_known(bar, as_of=as_of)
    return bar


def _latest_derived(
    sources: BarSources, source: Timeframe, *, after: datetime | None, as_of: datetime | None
) -> Bar | None:
    key, length = sources.key, sources.timeframe
    if as_of is None:
        newest = latest_bar(key, source.name)
        assert newest is not None
        as_of = newest.closes_at
    found = derived_columns(
        key,
        length,
        source=source,
        calendar=sources.calendar,
        after=after,
        before=None,
        as_of=as_of,
        limit=1,
    )
    if not len(found):
        return None
    (period,) = periods_of(found.opened_at_ns, timeframe=length, calendar=sources.calendar)
    opened_at = instant_of(found.opened_at_ns[0])
    return Bar(
        instrument_key=key,
        timeframe=length.name,
        opened_at=opened_at,
        closes_at=period.closes_at if period else opened_at + length.length,
        **{name: float(found.values[name][0]) for name in VALUE_COLUMNS},
    )


def _say_what_was_known(bar: Bar, *, as_of: datetime) -> None:
    then = _revisions(bar.instrument_key, bar.timeframe, as_of=as_of).get(opened_at=bar.opened_at)
    for name in (*VALUE_COLUMNS, "missing", "known_at"):
        setattr(bar, name, getattr(then, name))


def closes_of(key: str, timeframe: str, opened: Sequence[datetime]) -> list[datetime]:
    """Return when bars of an instrument closed, by when they opened, oldest first.

    Recorded ones as they are recorded, others as their sessions end.
    """
    if not opened:
        return []
    length = Timeframe(timeframe)
    stored = _stored_closes(key, length, opened[0], opened[-1])
    names_ns = np.array([nanoseconds_of(name) for name in opened], dtype=np.int64)
    calendar = calendar_of_instrument(key)
    periods = periods_of(names_ns, timeframe=length, calendar=calendar)
    ends = [
        period.closes_at if period else length.closes_at(name)
        for name, period in zip(opened, periods, strict=True)
    ]
    if length > ONE_DAY:
        # A bar of a day may close with its date, later than its session does.
        last = opened[-1] + length.length - DAY
        for day, closes_at in _stored_closes(key, ONE_DAY, opened[0], last).items():
            place = bisect_right(opened, day) - 1
            if day < opened[place] + length.length:
                ends[place] = max(ends[place], closes_at)
    return [stored.get(name, end) for name, end in zip(opened, ends, strict=True)]


def _stored_closes(
    key: str, timeframe: Timeframe, first: datetime, last: datetime
) -> dict[datetime, datetime]:
    bars = Bar.objects.filter(
        instrument_key=key, timeframe=timeframe.name, opened_at__gte=first, opened_at__lte=last
    )
    return dict(bars.values_list("opened_at", "closes_at"))


def can_be_read(timeframe: str, recorded: Sequence[str]) -> bool:
    """Tell whether an instrument's recorded timeframes have, or make, bars of another."""
    return timeframe in recorded or source_of(Timeframe(timeframe), recorded) is not None


def instrument_exists(key: str) -> bool:
    """Tell whether there is such an instrument."""
    return Instrument.objects.filter(pk=key).exists()


def require_instrument(key: str) -> None:
    """Raise UnknownInstrument, naming those there are, unless there is such an instrument."""
    if not instrument_exists(key):
        raise unknown_instrument(key)


def unknown_instrument(key: str) -> UnknownInstrument:
    """Return the error that names the instruments there are."""
    known = list(Instrument.objects.values_list("pk", flat=True)[: INSTRUMENTS_NAMED + 1])
    names = ", ".join(known[:INSTRUMENTS_NAMED]) or "none yet; run load_prices"
    more = " and more" if len(known) > INSTRUMENTS_NAMED else ""
    return UnknownInstrument(
        f"instrument: {key!r} is unknown; there are {names}{more}.",
        field="instrument",
        known=known[:INSTRUMENTS_NAMED],
    )


def known_bars(key: str, timeframe: str, *, as_of: datetime) -> QuerySet[Bar]:
    """Return the recorded bars that had closed and were known at an instant."""
    # A closed bar opened earlier still: said a second time, for the partitions and the key.
    closed = Bar.objects.filter(
        instrument_key=key, timeframe=timeframe, closes_at__lte=as_of, opened_at__lt=as_of
    )
    earlier = _revisions(key, timeframe, as_of=as_of).filter(opened_at=OuterRef("opened_at"))
    return closed.filter(Q(known_at=None) | Q(known_at__lte=as_of) | Exists(earlier))


def _revisions(key: str, timeframe: str, *, as_of: datetime) -> QuerySet[BarRevision]:
    return BarRevision.objects.filter(
        instrument_key=key, timeframe=timeframe, known_at__lte=as_of, superseded_at__gt=as_of
    )
