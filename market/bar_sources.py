"""Of which recorded bars an instrument's bars of a timeframe are made, and of which stretch.

What is kept tells it at once; to look for every recorded timeframe takes twenty times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from market.calendars import Calendar, calendar_of
from market.derived_reads import source_of
from market.models import HeardTimeframe
from market.timeframes import EPOCH, Timeframe

_MARKET = """
    SELECT i.exchange, k.timeframe, k.source, k.kept_from
    FROM market_instrument i
    LEFT JOIN market_kepttimeframe k ON k.instrument_key = i.key AND k.heard_until > %s
    WHERE i.key = %s
"""
_THERE_BETWEEN = """
    SELECT wanted.timeframe FROM unnest(%(timeframes)s::text[]) AS wanted (timeframe)
    WHERE EXISTS (
        SELECT 1 FROM market_bar b
        WHERE b.instrument_key = %(key)s AND b.timeframe = wanted.timeframe
          AND b.opened_at >= %(since)s AND b.opened_at < %(before)s AND b.closes_at <= %(as_of)s
    )
"""
# From each timeframe straight to the next one in the key, instead of through all the bars.
_TIMEFRAMES = """
    WITH RECURSIVE named (timeframe) AS (
        SELECT min(timeframe) FROM market_bar WHERE instrument_key = %s
        UNION ALL
        SELECT (SELECT min(timeframe) FROM market_bar
                WHERE instrument_key = %s AND timeframe > named.timeframe)
        FROM named WHERE named.timeframe IS NOT NULL
    )
    SELECT timeframe FROM named WHERE EXISTS (
        SELECT 1 FROM market_bar
        WHERE instrument_key = %s AND market_bar.timeframe = named.timeframe AND closes_at <= %s
    ) ORDER BY timeframe
"""


@dataclass(frozen=True, kw_only=True)
class BarSources:
    """Where the bars of one timeframe of an instrument come from.

    ``kept`` says of what each timeframe that is kept is made. ``kept_from`` is None unless this one
    is: from then on its bars are recorded as shorter ones complete them.
    """

    key: str
    timeframe: Timeframe
    calendar: Calendar
    kept: dict[str, str]
    kept_from: datetime | None

    def usual(self, *, is_recorded: bool, as_of: datetime) -> Timeframe | None:
        """Return of what bars are made before the oldest recorded one; None if of nothing."""
        if self.kept_from is not None:
            return Timeframe(self.kept[self.timeframe.name])
        source = source_of(self.timeframe, list(self.kept.values()))
        if source is not None or is_recorded:
            return source
        return source_of(self.timeframe, timeframes_of(self.key, as_of=as_of))

    def other(self, usual: Timeframe, *, is_any: bool, as_of: datetime) -> Timeframe | None:
        """Return of what else bars are made where the usual source has none; None if of nothing.

        Unless there is any bar at all, of whatever had closed at the instant.
        """
        if is_any:
            heard = HeardTimeframe.objects.filter(instrument_key=self.key)
            names = set(heard.values_list("timeframe", flat=True))
        else:
            names = set(timeframes_of(self.key, as_of=as_of))
        return source_of(self.timeframe, list(names - self.kept.keys() - {usual.name}))

    def between(
        self, newest: datetime, before: datetime | None, *, as_of: datetime
    ) -> Timeframe | None:
        """Return of what bars are made that opened after a recorded one and before an instant.

        None if there can be none of them, or none of the shorter ones that they are made of.
        """
        end = min(before or as_of, as_of)
        periods = self.calendar.expected_bars(self.timeframe, newest, end)
        first = next((period for period in periods if period.opened_at > newest), None)
        if first is None or first.opened_at >= end:
            return None
        wanted: dict[str, str | datetime | list[str]] = {
            "timeframes": _shorter_ones(self.timeframe),
            "key": self.key,
            "since": min(first.opened_at, first.starts_at),
            "before": end,
            "as_of": as_of,
        }
        with connection.cursor() as cursor:
            cursor.execute(_THERE_BETWEEN, wanted)
            return source_of(self.timeframe, [name for (name,) in cursor.fetchall()])


def bar_sources(key: str, timeframe: Timeframe) -> BarSources:
    """Return where the bars of a timeframe of an instrument come from."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKET, [EPOCH, key])
        rows = cursor.fetchall()
    kept_from = {name: since for _, name, _, since in rows if name is not None}
    return BarSources(
        key=key,
        timeframe=timeframe,
        calendar=calendar_of(rows[0][0] if rows else ""),
        kept={name: source for _, name, source, _ in rows if name is not None},
        kept_from=kept_from.get(timeframe.name),
    )


def timeframes_of(key: str, *, as_of: datetime) -> list[str]:
    """Return the timeframes in which an instrument had a closed bar at an instant."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMEFRAMES, [key, key, key, as_of])
        return [name for (name,) in cursor.fetchall()]


@cache
def _shorter_ones(timeframe: Timeframe) -> list[str]:
    lengths = [Timeframe(f"{minutes}m") for minutes in range(1, 1441)]
    lengths += [Timeframe(f"{days}d") for days in range(2, 31)]
    return [
        length.name
        for length in lengths
        if length < timeframe and timeframe.seconds % length.seconds == 0
    ]
