"""Make longer bars of shorter ones as soon as these complete them, each once.

A timeframe of an instrument is kept when somebody needs its bars as they close. Its open bar is
recorded when a bar of its source shows that the open one is over, or by the clock. A bar of the
source that comes later than that corrects what was made without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from market.bar_rows import Key, insert_bars, stored_bars, supersede_bars
from market.bars import NewBar
from market.calendars import DAY, Calendar, Period
from market.composition import compose
from market.models import FormingBar, KeptTimeframe
from market.services.hearing import hear, present
from market.tick_bars import BASE
from market.timeframes import Timeframe

ALWAYS_KEPT = Timeframe("1d")  # of whatever has minutes: longer bars are then made of few


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why recorded bars change; without ``known_at`` it became known in the market's present."""

    source: str
    reason: str
    known_at: datetime | None = None


LATE = Cause(source="late bar", reason="A bar that it is made of came after it was closed.")


@dataclass(kw_only=True)
class Consequences:
    """The bars that follow from others: new ones, and those whose numbers changed.

    ``late`` are those of a source that came after later ones, and when, in market time, they did.
    """

    made: list[NewBar] = field(default_factory=list)
    revised: list[NewBar] = field(default_factory=list)
    late: dict[Key, datetime] = field(default_factory=dict)

    def add(self, others: Consequences) -> None:
        """Take in what follows from these."""
        self.made += others.made
        self.revised += others.revised
        self.late.update(others.late)


def derive_bars(
    bars: Sequence[NewBar],
    calendars: Mapping[str, Calendar],
    *,
    now: datetime,
    cause: Cause = LATE,
    is_history: bool = False,
    late: Mapping[Key, datetime] | None = None,
) -> Consequences:
    """Record what follows from bars that were recorded or corrected just now.

    ``calendars`` are those of their instruments; history was known when it closed, whenever it
    comes. ``late`` says when those of the bars came that are known to have come after later ones.
    The caller announces what follows.
    """
    found = Consequences(late=dict(late or {}))
    sources = list(bars)
    while sources:
        following = Consequences(late=found.late)
        for row, of_row in _kept_rows(sources, now=now):
            if not is_history:
                _note_late(row, of_row, following, now=now)
            _derive(row, of_row, calendars[row.instrument_key], following, now=now, cause=cause)
        found.add(following)
        sources = [*following.made, *following.revised]
    return found


def close_by_clock(
    rows: Sequence[KeptTimeframe], calendars: Mapping[str, Calendar], *, now: datetime
) -> Consequences:
    """Record the open bars of locked rows, whose time is over, and what follows from them."""
    found = Consequences()
    for row in rows:
        calendar = calendars[row.instrument_key]
        if (open_period := _open_period(row, calendar)) is not None:
            row.heard_until, row.heard_at = max(row.heard_until, open_period.closes_at), now
            record_open(row, calendar, found, now=now)
    found.add(derive_bars([*found.made, *found.revised], calendars, now=now))
    return found


def record_open(
    row: KeptTimeframe, calendar: Calendar, found: Consequences, *, now: datetime
) -> None:
    """Record the open bar of a locked row, of what there is of it; add what is new to ``found``."""
    if (open_period := _open_period(row, calendar)) is not None:
        row.open_since = row.open_until = row.due_at = None
        row.save()
        record_periods(row, [open_period], calendar, found, now=now)


def record_periods(
    row: KeptTimeframe,
    periods: Sequence[Period],
    calendar: Calendar,
    found: Consequences,
    *,
    now: datetime,
) -> None:
    """Record bars of a locked row that are over, and add those that are new to ``found``."""
    _record(row, periods, calendar, found, now=now, cause=LATE)


def begin_with(
    row: KeptTimeframe,
    periods: Sequence[Period],
    newest: NewBar,
    calendar: Calendar,
    *,
    now: datetime,
) -> list[NewBar]:
    """Record what is closed of a timeframe that begins to be kept, and return what is new."""
    found = Consequences()
    record_periods(row, periods, calendar, found, now=now)
    _derive(row, [newest], calendar, found, now=now, cause=LATE)
    calendars = {row.instrument_key: calendar}
    return [*found.made, *derive_bars(found.made, calendars, now=now).made]


def market_time(row: KeptTimeframe, *, now: datetime) -> datetime:
    """Return the market's present: the newest close, and from there on with the clock."""
    return present(row.heard_until, row.heard_at, now=now)


def period_of_bar(timeframe: Timeframe, bar: NewBar, calendar: Calendar) -> Period | None:
    """Return the longer bar that a bar is a part of; None for one between sessions."""
    if Timeframe(bar.timeframe).length >= DAY:
        return calendar.period_of_day(timeframe, bar.opened_at.date())
    return calendar.period_of(timeframe, bar.opened_at)


# The rows that bars are the source of, locked in one order, each with these bars.
def _kept_rows(
    bars: Sequence[NewBar], *, now: datetime
) -> list[tuple[KeptTimeframe, list[NewBar]]]:
    groups: dict[tuple[str, str], list[NewBar]] = {}
    for bar in bars:
        groups.setdefault((bar.instrument_key, bar.timeframe), []).append(bar)
    rows = _locked(groups)
    minutes = {key for key, timeframe in groups if timeframe == BASE.name}
    without = minutes - {row.instrument_key for row in rows if row.timeframe == ALWAYS_KEPT.name}
    if without:
        _keep_days({key: groups[key, BASE.name] for key in without}, now=now)
        rows = _locked(groups)
    return [(row, groups[row.instrument_key, row.source]) for row in rows]


def _locked(groups: Iterable[tuple[str, str]]) -> list[KeptTimeframe]:
    wanted = Q()
    for key, source in groups:
        wanted |= Q(instrument_key=key, source=source)
    return list(KeptTimeframe.objects.filter(wanted).order_by("pk").select_for_update())


def _keep_days(bars: Mapping[str, list[NewBar]], *, now: datetime) -> None:
    rows = [
        KeptTimeframe(
            instrument_key=key,
            timeframe=ALWAYS_KEPT.name,
            source=BASE.name,
            kept_from=ALWAYS_KEPT.floor(min(bar.opened_at for bar in group)),
            heard_until=min(bar.opened_at for bar in group),
            heard_at=now,
        )
        for key, group in sorted(bars.items())
    ]
    KeptTimeframe.objects.bulk_create(rows, ignore_conflicts=True)


def _derive(
    row: KeptTimeframe,
    bars: Sequence[NewBar],
    calendar: Calendar,
    found: Consequences,
    *,
    now: datetime,
    cause: Cause,
) -> None:
    newest = max(bar.closes_at for bar in bars)
    if newest > row.heard_until:
        row.heard_until, row.heard_at = newest, now
    touched: dict[datetime, Period] = {}
    known: dict[datetime, datetime] = {}
    for bar in bars:
        if (period := period_of_bar(Timeframe(row.timeframe), bar, calendar)) is None:
            continue
        touched[period.opened_at] = period
        # Whatever else is in the batch: what holds a bar is not known before that bar is.
        if came_at := max(filter(None, (found.late.get(bar.key), bar.known_at)), default=None):
            known[period.opened_at] = max(came_at, known.get(period.opened_at, came_at))
    if (pending := _open_period(row, calendar)) is not None:
        touched[pending.opened_at] = pending
    periods = [touched[name] for name in sorted(touched) if name >= row.kept_from]
    _note_open(row, [period for period in periods if period.closes_at > row.heard_until])
    row.save()
    done = [period for period in periods if period.closes_at <= row.heard_until]
    _record(row, done, calendar, found, now=now, cause=cause, known=known)


# In market time as it was before this batch, however far its newest bar moves that on.
def _note_late(
    row: KeptTimeframe, bars: Iterable[NewBar], found: Consequences, *, now: datetime
) -> None:
    came_at = market_time(row, now=now)
    for bar in bars:
        if bar.closes_at <= row.heard_until:
            found.late[bar.key] = max(came_at, found.late.get(bar.key, came_at))


def _open_period(row: KeptTimeframe, calendar: Calendar) -> Period | None:
    if row.open_since is None:
        return None
    timeframe = Timeframe(row.timeframe)
    if timeframe.length >= DAY:
        return calendar.period_of_day(timeframe, row.open_since.date())
    return calendar.period_of(timeframe, row.open_since)


def _note_open(row: KeptTimeframe, periods: Sequence[Period]) -> None:
    period = periods[-1] if periods else None
    if period is not None and period.opened_at == row.open_since:
        return
    row.open_since = period.opened_at if period else None
    row.open_until = period.closes_at if period else None
    row.due_at = _due_at(row, period) if period else None


# A daily bar may be recorded when its date is over, whenever its session was: days are waited for
# until the last date has ended.
def _due_at(row: KeptTimeframe, period: Period) -> datetime:
    over_at = period.closes_at
    if Timeframe(row.source).length >= DAY:
        over_at = period.opened_at + Timeframe(row.timeframe).length
    is_ticking = FormingBar.objects.filter(pk=row.instrument_key).exists()
    seconds = settings.TICK_GRACE_SECONDS if is_ticking else settings.BAR_GRACE_SECONDS
    grace = timedelta(seconds=seconds)
    behind = max(row.heard_at - row.heard_until - grace, timedelta())
    return over_at + grace + behind


def _record(
    row: KeptTimeframe,
    periods: Sequence[Period],
    calendar: Calendar,
    found: Consequences,
    *,
    now: datetime,
    cause: Cause,
    known: Mapping[datetime, datetime] | None = None,  # since when the latest part of a period is
) -> None:
    known = known or {}
    bars = {
        bar.key: _known_with(bar, known)
        for bar in compose(
            row.instrument_key,
            Timeframe(row.timeframe),
            source=Timeframe(row.source),
            periods=periods,
            calendar=calendar,
        )
    }
    inserted = insert_bars(list(bars.values()))
    made = [bar for key, bar in bars.items() if key in inserted]
    found.late |= hear([bar for bar in made if not bar.is_history], now=now)
    found.made += made
    there = {key: bar for key, bar in bars.items() if key not in inserted}
    revised = _revised(there, known_at=cause.known_at or market_time(row, now=now))
    supersede_bars(revised, now=now, source=cause.source, reason=cause.reason)
    found.revised += revised


# What was recorded as it is, not made of others, stands.
def _revised(bars: Mapping[Key, NewBar], *, known_at: datetime) -> list[NewBar]:
    revised = []
    for key, stored in stored_bars(list(bars), lock=True).items():
        bar = bars[key]
        if stored.missing is None or (stored.values, stored.missing) == (bar.values, bar.missing):
            continue
        revised.append(bar.known_from(max(bar.known_at or known_at, stored.known_at)))
    return revised


def _known_with(bar: NewBar, known: Mapping[datetime, datetime]) -> NewBar:
    came_at = known.get(bar.opened_at)
    return bar.known_from(came_at) if came_at and came_at > bar.closes_at else bar
