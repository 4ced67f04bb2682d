"""What is known about prices, as of an instant: a bar is known once it has closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import connection

from common.errors import InvalidInput
from market.models import Bar, Instrument

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

VALUE_COLUMNS = ("open", "high", "low", "close", "volume")

# The server sends each column as one string of big-endian 8-byte numbers, newest first, and numpy
# reads it in place: no object per row on either side.
_PACKED_COLUMNS = f"""
    SELECT string_agg(timestamptz_send(opened_at), ''),
           {", ".join(f"string_agg(float8send({name}), '')" for name in VALUE_COLUMNS)}
    FROM (
        SELECT opened_at, {", ".join(VALUE_COLUMNS)} FROM market_bar
        WHERE instrument_key = %s AND timeframe = %s
          AND opened_at > %s AND opened_at < %s AND closes_at <= %s
        ORDER BY opened_at DESC LIMIT %s
    ) AS newest
"""
_BEGINNING = "-infinity"
# PostgreSQL counts microseconds from the year 2000.
_YEAR_2000_NS = 946_684_800_000_000_000


class UnknownInstrument(InvalidInput):
    """There is no such instrument."""

    code = "unknown_instrument"


@dataclass(frozen=True, kw_only=True)
class BarColumns:
    """Bars as columns, oldest first; every array has shape ``(n,)``.

    ``opened_at_ns`` counts nanoseconds since 1970 UTC; ``values`` holds open, high, low, close
    and volume.
    """

    opened_at_ns: Int64Array
    values: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.opened_at_ns)


def bars_between(
    key: str,
    timeframe: str,
    *,
    after: datetime | None = None,
    as_of: datetime,
    limit: int,
) -> BarColumns:
    """Return the newest ``limit`` bars that had closed by ``as_of`` and opened after ``after``.

    A bar that closes exactly at ``as_of`` is known; one that opened exactly at ``after`` is left
    out. An unknown instrument has no bars.
    """
    start = after.isoformat() if after else _BEGINNING
    with connection.cursor() as cursor:
        cursor.execute(_PACKED_COLUMNS, [key, timeframe, start, as_of, as_of, limit])
        opened_at, *values = cursor.fetchone()
    return BarColumns(
        opened_at_ns=_unpacked(opened_at, ">i8", np.int64) * 1000 + _YEAR_2000_NS,
        values={
            name: _unpacked(packed, ">f8", np.float64)
            for name, packed in zip(VALUE_COLUMNS, values, strict=True)
        },
    )


def _unpacked(packed: bytes | None, sent_as: str, wanted: type) -> npt.NDArray:
    return np.frombuffer(packed or b"", dtype=sent_as)[::-1].astype(wanted)
