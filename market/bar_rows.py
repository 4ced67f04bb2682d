"""Bars in their table: written once each, read back by their key, replaced by better numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from market.bars import NewBar

Key = tuple[str, str, datetime]
Values = tuple[float, float, float, float, float]

_COLUMNS = (
    "instrument_key, timeframe, opened_at, closes_at, open, high, low, close, volume, known_at, "
    "missing, is_history"
)
_TYPES = (
    "text",
    "text",
    "timestamptz",
    "timestamptz",
    *["float8"] * 5,
    "timestamptz",
    "int4",
    "bool",
)
_ROWS = f"unnest({', '.join(f'%s::{name}[]' for name in _TYPES)})"
_STAGE = "CREATE TEMPORARY TABLE staged_bar (LIKE market_bar INCLUDING DEFAULTS) ON COMMIT DROP"
_COPY = f"COPY staged_bar ({_COLUMNS}) FROM STDIN"
_ONCE = " ON CONFLICT DO NOTHING RETURNING instrument_key, timeframe, opened_at"
_INSERT_STAGED = f"INSERT INTO market_bar ({_COLUMNS}) SELECT {_COLUMNS} FROM staged_bar{_ONCE}"
_INSERT = f"INSERT INTO market_bar ({_COLUMNS}) SELECT * FROM {_ROWS}{_ONCE}"
_STORED = """
    SELECT instrument_key, timeframe, opened_at, closes_at, open, high, low, close, volume,
           coalesce(known_at, closes_at), missing
    FROM market_bar JOIN unnest(%s::text[], %s::text[], %s::timestamptz[])
        AS wanted (instrument_key, timeframe, opened_at)
        USING (instrument_key, timeframe, opened_at)
"""
_FIRST = """
    SELECT DISTINCT ON (instrument_key, timeframe, opened_at)
           instrument_key, timeframe, opened_at, open, high, low, close, volume
    FROM market_barrevision JOIN unnest(%s::text[], %s::text[], %s::timestamptz[])
        AS wanted (instrument_key, timeframe, opened_at)
        USING (instrument_key, timeframe, opened_at)
    ORDER BY instrument_key, timeframe, opened_at, known_at, id
"""
# The row that is there becomes a revision, and the better numbers take its place.
_SUPERSEDE = f"""
    WITH better AS (SELECT * FROM {_ROWS} AS b ({_COLUMNS})),
    kept AS (
        INSERT INTO market_barrevision (instrument_key, timeframe, opened_at, closes_at, open, high,
            low, close, volume, missing, known_at, superseded_at, recorded_at, source, reason)
        SELECT o.instrument_key, o.timeframe, o.opened_at, o.closes_at, o.open, o.high, o.low,
               o.close, o.volume, o.missing, coalesce(o.known_at, o.closes_at), b.known_at,
               %s, %s, %s
        FROM market_bar o JOIN better b USING (instrument_key, timeframe, opened_at)
    )
    UPDATE market_bar AS o
    SET open = b.open, high = b.high, low = b.low, close = b.close, volume = b.volume,
        missing = b.missing, known_at = b.known_at
    FROM better b
    WHERE o.instrument_key = b.instrument_key AND o.timeframe = b.timeframe
      AND o.opened_at = b.opened_at
"""


@dataclass(frozen=True, slots=True)
class StoredBar:
    """A bar as it is recorded; ``missing`` is None unless it is made of others."""

    closes_at: datetime
    values: Values
    known_at: datetime
    missing: int | None


def insert_bars(bars: Sequence[NewBar]) -> set[Key]:
    """Insert bars whose keys are not there yet, and return these keys."""
    if not bars:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _as_arrays(bars))
        return set(cursor.fetchall())


def copy_bars(bars: Iterable[NewBar]) -> set[Key]:
    """Do as ``insert_bars``, at COPY's speed for many bars."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            for bar in bars:
                copy.write_row(_row(bar))
        cursor.execute(_INSERT_STAGED)
        inserted = set(cursor.fetchall())
        cursor.execute("DROP TABLE staged_bar")
    return inserted


def stored_bars(keys: Sequence[Key], *, lock: bool = False) -> dict[Key, StoredBar]:
    """Return what is recorded under keys; with ``lock`` nobody else changes it meanwhile."""
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_STORED + (" FOR UPDATE OF market_bar" if lock else ""), columns)
        return {
            row[:3]: StoredBar(closes_at=row[3], values=row[4:9], known_at=row[9], missing=row[10])
            for row in cursor.fetchall()
        }


def first_values(keys: Sequence[Key]) -> dict[Key, Values]:
    """Return what the bars under keys said at first, of those whose numbers were replaced since."""
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, columns)
        return {row[:3]: row[3:] for row in cursor.fetchall()}


def supersede_bars(bars: Sequence[NewBar], *, now: datetime, source: str, reason: str) -> None:
    """Put better numbers in the place of recorded ones, which are kept as revisions.

    Each says by ``known_at`` when, in market time, its numbers became known.
    """
    if not bars:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SUPERSEDE, [*_as_arrays(bars), now, source, reason])


def _row(bar: NewBar) -> tuple[object, ...]:
    return (*bar.key, bar.closes_at, *bar.values, bar.known_at, bar.missing, bar.is_history)


def _as_arrays(bars: Iterable[NewBar]) -> list[list[object]]:
    return [list(column) for column in zip(*map(_row, bars), strict=True)]
