"""How far the bars of each timeframe have come, and which of them came after later ones.

Market time is that of the newest bar, and from there it goes on with the clock: so what is late in
a recording that is played back is known late in the recording's time, not in ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import connection

from market.bar_rows import Key
from market.bars import NewBar
from market.models import Bar, HeardTimeframe

# The row is locked until the transaction ends: of two that record at once, the second to commit
# sees what the first recorded. It remembers how it stood before, because that is what is asked.
_HEAR = """
    INSERT INTO market_heardtimeframe AS h
        (instrument_key, timeframe, opened_at, heard_until, heard_at)
    SELECT instrument_key, timeframe, max(opened_at), max(closes_at), %s
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS n (instrument_key, timeframe, opened_at, closes_at)
    GROUP BY instrument_key, timeframe ORDER BY instrument_key, timeframe
    ON CONFLICT (instrument_key, timeframe) DO UPDATE SET
        before_until = h.heard_until, before_at = h.heard_at,
        opened_at = greatest(h.opened_at, excluded.opened_at),
        heard_until = greatest(h.heard_until, excluded.heard_until),
        heard_at = CASE WHEN excluded.heard_until > h.heard_until
                        THEN excluded.heard_at ELSE h.heard_at END
    RETURNING instrument_key, timeframe, before_until, before_at, overtaken
"""
_COME_LATE = """
    UPDATE market_bar AS b
    SET is_overtaken = true, known_at = greatest(b.closes_at, b.known_at, l.known_at)
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS l (instrument_key, timeframe, opened_at, known_at)
    WHERE (b.instrument_key, b.timeframe, b.opened_at)
        = (l.instrument_key, l.timeframe, l.opened_at)
"""


@dataclass(frozen=True)
class _Before:
    """How a timeframe stood before a call; ``overtaken`` had come too late since its newest bar."""

    heard_until: datetime | None
    heard_at: datetime | None
    overtaken: int


def hear(bars: Sequence[NewBar], *, now: datetime) -> dict[Key, datetime]:
    """Note bars that were recorded just now, and return when, in market time, late ones came.

    Late is a bar that closed no later than another of its timeframe that was recorded before this
    call; bars of one call are not late for each other. Late bars are known from when they came, and
    no script runs for them: it would look ahead, or be out of order. The next bar counts them.
    """
    late: dict[Key, datetime] = {}
    before = _hear(bars, now=now)
    by_market = attrgetter("instrument_key", "timeframe")
    for market, group in groupby(sorted(bars, key=attrgetter("key")), by_market):
        late |= _late(list(group), before[market], now=now)
    if late:
        rows = [(*key, came_at) for key, came_at in late.items()]
        with connection.cursor() as cursor:
            cursor.execute(_COME_LATE, [list(column) for column in zip(*rows, strict=True)])
    return late


def present(heard_until: datetime, heard_at: datetime, *, now: datetime) -> datetime:
    """Return market time: the newest close, and from there on with the clock."""
    gone = max(now - heard_at, timedelta())
    return max(min(heard_until + gone, now), heard_until)


def _hear(bars: Sequence[NewBar], *, now: datetime) -> dict[tuple[str, str], _Before]:
    if not bars:
        return {}
    columns = zip(*((*bar.key, bar.closes_at) for bar in bars), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_HEAR, [now, *map(list, columns)])
        return {(key, timeframe): _Before(*how) for key, timeframe, *how in cursor.fetchall()}


# Of the bars of one market, oldest first.
def _late(bars: Sequence[NewBar], before: _Before, *, now: datetime) -> dict[Key, datetime]:
    if before.heard_until is None or before.heard_at is None:
        return {}
    came_at = present(before.heard_until, before.heard_at, now=now)
    late = {bar.key: came_at for bar in bars if bar.closes_at <= before.heard_until}
    overtaken = before.overtaken + len(late)
    newer = next((bar for bar in bars if bar.key not in late), None)
    if overtaken:
        _count(overtaken, bars[0], newer)
    return late


def _count(overtaken: int, bar: NewBar, newer: NewBar | None) -> None:
    market = {"instrument_key": bar.instrument_key, "timeframe": bar.timeframe}
    if newer is not None:
        Bar.objects.filter(**market, opened_at=newer.opened_at).update(overtaken=overtaken)
        overtaken = 0
    HeardTimeframe.objects.filter(**market).update(overtaken=overtaken)
