"""What ticks there were of an instrument, of those that count.

What scripts run for leaves out history, which a file brought; what they read does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from market.calendars import Period, calendar_of
from market.models import Instrument, Tick
from market.tick_bars import BASE
from market.tick_order import EARLIEST_FIRST, LATEST_FIRST
from market.timeframes import Timeframe

_FORMING = f"""
    SELECT (array_agg(price ORDER BY {EARLIEST_FIRST}))[1], max(price), min(price),
           (array_agg(price ORDER BY {LATEST_FIRST}))[1],
           coalesce(sum(size), 0), count(*)
    FROM market_tick
    WHERE instrument_key = %s AND at >= %s AND at <= %s AND flags = '{{}}' AND price IS NOT NULL
"""
_LAST_AT = f"""
    SELECT price, size, bid, ask FROM market_tick
    WHERE instrument_key = %s AND at = %s AND flags = '{{}}'
    ORDER BY {LATEST_FIRST} LIMIT 1
"""
# One descent of the key for each, however many ticks there are.
_NEWEST = """
    SELECT wanted.key, newest.at FROM unnest(%s::text[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT at FROM market_tick
        WHERE market_tick.instrument_key = wanted.key AND at <= %s AND flags = '{}'
            AND NOT is_history
        ORDER BY at DESC LIMIT 1
    ) AS newest
"""


class KnownTick(NamedTuple):
    """What a tick said."""

    price: float | None
    size: float | None
    bid: float | None
    ask: float | None


@dataclass(frozen=True, kw_only=True)
class FormingBar:
    """A bar that has not closed: the trades since its opening, up to an instant."""

    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


def newest_tick_at(key: str, *, as_of: datetime) -> datetime | None:
    """Return when the newest tick to run for happened, by an instant, or None without any."""
    return _to_run_for(key, None, as_of).order_by("-at").values_list("at", flat=True).first()


def newest_ticks_at(keys: Iterable[str], *, as_of: datetime) -> dict[str, datetime]:
    """Return the same of many instruments at once; those without a tick are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(keys), as_of])
        return dict(cursor.fetchall())


def count_ticks(key: str, *, after: datetime | None, until: datetime) -> int:
    """Return how many ticks to run for happened after one instant and by another."""
    return _to_run_for(key, after, until).count()


def instants_of_ticks(
    key: str, *, after: datetime | None, until: datetime, at_most: int
) -> list[datetime]:
    """Return the oldest instants after one and by another at which a tick to run for happened."""
    instants = _to_run_for(key, after, until).order_by("at").values_list("at", flat=True).distinct()
    return list(instants[:at_most])


def tick_at(key: str, at: datetime) -> KnownTick | None:
    """Return the tick of an instant: of several that count, the last."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_AT, [key, at])
        row = cursor.fetchone()
    return KnownTick(*row) if row else None


def forming_bar(key: str, timeframe: str, *, at: datetime) -> FormingBar | None:
    """Return the bar that an instant lies in as it stands then.

    None without a trade in it, or when the exchange is closed then.
    """
    period = _period_of(key, Timeframe(timeframe), at)
    if period is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_FORMING, [key, period.starts_at, at])
        first, high, low, last, volume, trades = cursor.fetchone()
    if not trades:
        return None
    return FormingBar(
        opened_at=period.opened_at,
        open=first,
        high=high,
        low=low,
        close=last,
        volume=volume,
        trades=trades,
    )


def _period_of(key: str, timeframe: Timeframe, at: datetime) -> Period | None:
    if timeframe == BASE:  # what trades become first has no calendar
        opened_at = timeframe.floor(at)
        return Period(opened_at, opened_at, timeframe.closes_at(opened_at))
    exchange = Instrument.objects.filter(pk=key).values_list("exchange", flat=True).first()
    return calendar_of(exchange or "").period_of(timeframe, at)


def _to_run_for(key: str, after: datetime | None, until: datetime) -> QuerySet[Tick]:
    ticks = Tick.objects.filter(instrument_key=key, at__lte=until, flags=[], is_history=False)
    return ticks if after is None else ticks.filter(at__gt=after)
