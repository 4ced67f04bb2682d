"""Which bars are missing while an exchange was open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from market.calendars import Period
from market.derived_reads import MINUTE, calendar_of_instrument
from market.models import Bar
from market.timeframes import Timeframe

GAPS_SHOWN = 1000


@dataclass(frozen=True, kw_only=True)
class MissingBars:
    """Bars of one session, beside each other, none of which is recorded."""

    instrument_key: str
    timeframe: str
    since: datetime
    until: datetime
    count: int


def missing_bars(
    instrument_key: str,
    timeframe: str = MINUTE.name,
    *,
    start: datetime,
    end: datetime,
    limit: int = GAPS_SHOWN,
) -> list[MissingBars]:
    """Return the first gaps among the bars that close after ``start`` and by ``end``.

    Nights, weekends and days off have no bars to miss. An instrument in which nobody traded for a
    minute lacks that minute's bar as well: a gap says that there is none, not why.
    """
    calendar = calendar_of_instrument(instrument_key)
    recorded = set(
        Bar.objects.filter(
            instrument_key=instrument_key,
            timeframe=timeframe,
            closes_at__gt=start,
            opened_at__lt=end,
        ).values_list("opened_at", flat=True)
    )
    gaps: list[MissingBars] = []
    lacking: list[Period] = []
    for period in calendar.expected_bars(Timeframe(timeframe), start, end):
        is_next = bool(lacking) and lacking[-1].closes_at == period.starts_at
        if lacking and not (is_next and period.opened_at not in recorded):
            gaps.append(_gap(instrument_key, timeframe, lacking))
            lacking = []
        if len(gaps) == limit:
            return gaps
        if period.opened_at not in recorded:
            lacking.append(period)
    if lacking:
        gaps.append(_gap(instrument_key, timeframe, lacking))
    return gaps


def _gap(key: str, timeframe: str, periods: Sequence[Period]) -> MissingBars:
    return MissingBars(
        instrument_key=key,
        timeframe=timeframe,
        since=periods[0].starts_at,
        until=periods[-1].closes_at,
        count=len(periods),
    )
