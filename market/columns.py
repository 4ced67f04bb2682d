"""Recorded bars as columns, as they were known at an instant."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from django.db import connection

from market.aggregation import VALUE_COLUMNS, BarColumns

_Number = TypeVar("_Number", np.int64, np.float64)

_VALUES = ", ".join(VALUE_COLUMNS)
_CURRENT = f"""
    SELECT opened_at, {_VALUES} %(extra)s FROM market_bar
    WHERE instrument_key = %%(key)s AND timeframe = %%(timeframe)s
      AND opened_at > %%(after)s AND opened_at < %%(before)s AND closes_at <= %%(as_of)s
      %(which)s
    ORDER BY opened_at DESC LIMIT %%(limit)s
"""
_NEWEST = _CURRENT % {"extra": ", known_at", "which": ""}
_KNOWN = _CURRENT % {
    "extra": "",
    "which": "AND (known_at IS NULL OR known_at <= %(as_of)s)",
}
# Of bars that were corrected after the instant: their numbers of then.
_SUPERSEDED = f"""
    SELECT opened_at, {_VALUES} FROM market_barrevision
    WHERE instrument_key = %(key)s AND timeframe = %(timeframe)s
      AND opened_at > %(after)s AND opened_at < %(before)s
      AND known_at <= %(as_of)s AND superseded_at > %(as_of)s
    ORDER BY opened_at DESC LIMIT %(limit)s
"""
# The server sends each column as one string of big-endian 8-byte numbers, newest first, and numpy
# reads it in place: no object per row on either side.
_PACKED = f"""
    string_agg(timestamptz_send(opened_at), ''),
    {", ".join(f"string_agg(float8send({name}), '')" for name in VALUE_COLUMNS)}
"""
_READ = f"SELECT bool_or(known_at > %(as_of)s), {_PACKED} FROM ({_NEWEST}) AS newest"
_READ_AS_KNOWN = f"""
    SELECT {_PACKED} FROM (
        SELECT * FROM ({_KNOWN}) AS c UNION ALL SELECT * FROM ({_SUPERSEDED}) AS s
        ORDER BY opened_at DESC LIMIT %(limit)s
    ) AS newest
"""
_BEGINNING = "-infinity"
# PostgreSQL counts microseconds from the year 2000.
_YEAR_2000_NS = 946_684_800_000_000_000


def recorded_columns(
    key: str,
    timeframe: str,
    *,
    after: datetime | None,
    before: datetime,
    as_of: datetime,
    limit: int,
) -> BarColumns:
    """Return the newest ``limit`` recorded bars that opened between two instants, both exclusive.

    They had closed by ``as_of`` and have the numbers that were known then.
    """
    wanted = {
        "key": key,
        "timeframe": timeframe,
        "after": after or _BEGINNING,
        "before": min(before, as_of),
        "as_of": as_of,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, wanted)
        has_later_numbers, opened_at, *values = cursor.fetchone()
        if has_later_numbers:
            # Few reads look back beyond a correction: only those pay for it.
            cursor.execute(_READ_AS_KNOWN, wanted)
            opened_at, *values = cursor.fetchone()
    return BarColumns(
        opened_at_ns=_unpacked(opened_at, ">i8", np.int64) * 1000 + _YEAR_2000_NS,
        values={
            name: _unpacked(packed, ">f8", np.float64)
            for name, packed in zip(VALUE_COLUMNS, values, strict=True)
        },
    )


def _unpacked(packed: bytes | None, sent_as: str, wanted: type[_Number]) -> npt.NDArray[_Number]:
    return np.frombuffer(packed or b"", dtype=sent_as)[::-1].astype(wanted)
