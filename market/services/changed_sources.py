"""Make a kept timeframe of other bars than so far, when a feed begins to send those.

Minutes, and days for what is longer, are taken as soon as they come; anything else that fits when
the source was never heard, or not during a whole bar. What is begun of the old source is closed of
it, and the new one begins with a bar of its own: none is made of halves of both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from market.bars import NewBar
from market.calendars import Calendar, Period
from market.derived_reads import MINUTE, ONE_DAY, source_of
from market.models import KeptTimeframe
from market.services.derived import Consequences, period_of_bar, record_open, record_periods
from market.timeframes import EPOCH, Timeframe

MADE_AT_ONCE = 5000  # as many as a script can read


def change_sources(
    bars: Sequence[NewBar],
    calendars: Mapping[str, Calendar],
    *,
    now: datetime,
    is_history: bool = False,
) -> Consequences:
    """Set sources anew because of bars that were recorded just now, and record what they complete.

    For history that is done where no bar was ever heard. What follows from these bars themselves
    is left to ``derive_bars``.
    """
    found = Consequences()
    sent: dict[str, list[NewBar]] = {}
    for bar in bars:
        sent.setdefault(bar.instrument_key, []).append(bar)
    rows = KeptTimeframe.objects.filter(instrument_key__in=sent).order_by("pk")
    changing = {
        row.instrument_key
        for row in rows
        if _change_of(row, sent, calendars, is_history=is_history) is not None
    }
    if not changing:
        return found
    # All rows of an instrument in their order, as whoever derives bars of others takes them.
    for row in rows.filter(instrument_key__in=changing).select_for_update():
        change = _change_of(row, sent, calendars, is_history=is_history)
        if change is not None:
            newest = max(bar.closes_at for bar in sent[row.instrument_key])
            calendar = calendars[row.instrument_key]
            _change(row, *change, calendar, found, until=newest, now=now)
    return found


def missed_bars(
    timeframe: Timeframe, calendar: Calendar, *, since: datetime, until: datetime
) -> Iterator[Period]:
    """Yield the bars that lie wholly between two instants, oldest first."""
    periods = calendar.expected_bars(timeframe, since, until)
    return (period for period in periods if period.starts_at >= since)


# The new source, and the first bar that is made of it.
def _change_of(
    row: KeptTimeframe,
    sent: Mapping[str, Sequence[NewBar]],
    calendars: Mapping[str, Calendar],
    *,
    is_history: bool,
) -> tuple[Timeframe, Period] | None:
    bars, calendar = sent[row.instrument_key], calendars[row.instrument_key]
    names = {bar.timeframe for bar in bars}
    timeframe = Timeframe(row.timeframe)
    source = source_of(timeframe, list(names))
    if source is None or source.name == row.source or row.source in names:
        return None
    if row.heard_until == EPOCH or source == (ONE_DAY if timeframe > ONE_DAY else MINUTE):
        periods = [period_of_bar(timeframe, bar, calendar) for bar in bars]
        first = min(
            (p for p in periods if p is not None and p.starts_at >= row.heard_until),
            key=lambda period: period.opened_at,
            default=None,
        )
    else:
        until = max(bar.closes_at for bar in bars)
        missed = missed_bars(timeframe, calendar, since=row.heard_until, until=until)
        first = next(missed, None)
    if first is None or (is_history and row.heard_until != EPOCH):
        return None
    return source, first


def _change(
    row: KeptTimeframe,
    source: Timeframe,
    first: Period,
    calendar: Calendar,
    found: Consequences,
    *,
    until: datetime,
    now: datetime,
) -> None:
    record_open(row, calendar, found, now=now)
    missed: deque[Period] = deque(maxlen=MADE_AT_ONCE)
    if row.heard_until != EPOCH:
        timeframe = Timeframe(row.timeframe)
        missed.extend(missed_bars(timeframe, calendar, since=row.heard_until, until=until))
    row.source = source.name
    # What was made of the old source is left as it is, also by bars that come late.
    row.kept_from = min([first, *missed], key=lambda period: period.opened_at).opened_at
    row.save()
    record_periods(row, missed, calendar, found, now=now)
