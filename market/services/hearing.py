"""How far the bars of each timeframe have come, and which of them came after later ones.

Market time is that of the newest bar, and from there it goes on with the clock: so what is late in
a recording that is played back is known late in the recording's time, not in ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from market.bar_rows import Key
from market.bars import NewBar

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
    RETURNING instrument_key, timeframe, before_until, before_at
"""


def hear(bars: Sequence[NewBar], *, now: datetime) -> dict[Key, datetime]:
    """Note bars that were recorded just now, and return when, in market time, late ones came.

    Late is a bar that closed no later than another of its timeframe that was recorded before this
    call; bars of one call are not late for each other.
    """
    if not bars:
        return {}
    columns = zip(*((*bar.key, bar.closes_at) for bar in bars), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_HEAR, [now, *map(list, columns)])
        before = {(key, timeframe): times for key, timeframe, *times in cursor.fetchall()}
    late = {}
    for bar in bars:
        heard_until, heard_at = before[bar.instrument_key, bar.timeframe]
        if heard_until is not None and bar.closes_at <= heard_until:
            late[bar.key] = present(heard_until, heard_at, now=now)
    return late


def present(heard_until: datetime, heard_at: datetime, *, now: datetime) -> datetime:
    """Return market time: the newest close, and from there on with the clock."""
    gone = max(now - heard_at, timedelta())
    return max(min(heard_until + gone, now), heard_until)
