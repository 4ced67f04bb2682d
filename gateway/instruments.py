"""Which instruments have a history, for whoever has to choose one."""

from __future__ import annotations

from django.db import connection

from market.timeframes import Timeframe

_COUNTED = """
    SELECT instrument_key, count(*) FROM market_bar WHERE timeframe = %s
    GROUP BY instrument_key HAVING count(*) >= %s ORDER BY count(*) DESC, instrument_key
"""


def instruments_with_history(timeframe: str, *, bars: int) -> list[tuple[str, int]]:
    """Return ``(key, bars)`` of the instruments with that many bars or more, the longest first."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [Timeframe(timeframe).name, bars])
        return [(key, count) for key, count in cursor.fetchall()]
