"""Which bars are run for: all that are recorded, but history and those that came after later ones.

A run for a late bar would look ahead, or its output would come out of order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from market.models import Bar, BarRevision, HeardTimeframe
from market.queries import known_bars

_NEWEST = """
    SELECT instrument_key, timeframe, opened_at FROM market_heardtimeframe
    JOIN unnest(%s::text[], %s::text[]) AS wanted (instrument_key, timeframe)
        USING (instrument_key, timeframe)
"""
# Of a corrected bar, its first numbers.
_KNOWN_SINCE = Case(
    When(known_at=None, then=F("closes_at")),
    default=Coalesce(
        Subquery(
            BarRevision.objects.filter(
                instrument_key=OuterRef("instrument_key"),
                timeframe=OuterRef("timeframe"),
                opened_at=OuterRef("opened_at"),
            )
            .order_by("known_at")
            .values("known_at")[:1]
        ),
        F("known_at"),
    ),
)


class DueBar(NamedTuple):
    """A bar to run for; ``overtaken`` bars came too late since the one before it."""

    opened_at: datetime
    known_at: datetime
    overtaken: int


def bars_after(
    key: str, timeframe: str, *, after: datetime | None, as_of: datetime, limit: int
) -> list[DueBar]:
    """Return the oldest ``limit`` bars to run for that opened after an instant, oldest first.

    Each was known when it closed, or when what it is made of came later. Only bars that were known
    at ``as_of``; None starts at the first bar there is.
    """
    bars = _to_run_for(key, timeframe, as_of=as_of).order_by("opened_at")
    if after is not None:
        bars = bars.filter(opened_at__gt=after)
    return _read(bars[:limit])


def last_bars(key: str, timeframe: str, *, as_of: datetime, limit: int) -> list[DueBar]:
    """Return the newest bars to run for that were known at an instant, newest first."""
    return _read(_to_run_for(key, timeframe, as_of=as_of).order_by("-opened_at")[:limit])


def newest_bars(markets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Return when the newest bar to run for of each of some (instrument, timeframe) opened."""
    columns = list(zip(*markets, strict=True))
    if not columns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(column) for column in columns])
        return {(key, timeframe): at for key, timeframe, at in cursor.fetchall()}


def _read(bars: QuerySet[Bar]) -> list[DueBar]:
    return [DueBar(*row) for row in bars.values_list("opened_at", _KNOWN_SINCE, "overtaken")]


def _to_run_for(key: str, timeframe: str, *, as_of: datetime) -> QuerySet[Bar]:
    # Up to the newest of them: history that is newer still may be long.
    heard = HeardTimeframe.objects.filter(instrument_key=key, timeframe=timeframe)
    bars = known_bars(key, timeframe, as_of=as_of).filter(is_history=False, is_overtaken=False)
    return bars.filter(opened_at__lte=Subquery(heard.values("opened_at")))
