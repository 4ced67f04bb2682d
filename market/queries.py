"""What is known about prices, as of an instant: a bar is known once it has closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import QuerySet

from common.errors import InvalidInput
from market.models import Bar, Instrument
from market.timeframes import Timeframe

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_Number = TypeVar("_Number", np.int64, np.float64)

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
# One descent of the key for each, however many bars there are.
_NEWEST = """
    SELECT wanted.instrument_key, wanted.timeframe, newest.opened_at
    FROM unnest(%s::text[], %s::text[]) AS wanted (instrument_key, timeframe)
    CROSS JOIN LATERAL (
        SELECT opened_at FROM market_bar
        WHERE market_bar.instrument_key = wanted.instrument_key
          AND market_bar.timeframe = wanted.timeframe
        ORDER BY opened_at DESC LIMIT 1
    ) AS newest
"""
INSTRUMENTS_NAMED = 20
_BEGINNING = "-infinity"
SLACK = timedelta(days=14)  # weekends and holidays around a few bars
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
    if after is not None:
        return _read(key, timeframe, after=after, as_of=as_of, limit=limit)
    # A bounded stretch of time touches few of the table's pieces, and nearly always suffices.
    likely_start = as_of - Timeframe(timeframe).length * limit * 2 - SLACK
    found = _read(key, timeframe, after=likely_start, as_of=as_of, limit=limit)
    if len(found) == limit:
        return found
    return _read(key, timeframe, after=None, as_of=as_of, limit=limit)


def _read(
    key: str, timeframe: str, *, after: datetime | None, as_of: datetime, limit: int
) -> BarColumns:
    start = after or _BEGINNING
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


def _unpacked(packed: bytes | None, sent_as: str, wanted: type[_Number]) -> npt.NDArray[_Number]:
    return np.frombuffer(packed or b"", dtype=sent_as)[::-1].astype(wanted)


def bars_after(
    key: str, timeframe: str, *, after: datetime | None, as_of: datetime, limit: int
) -> list[tuple[datetime, datetime]]:
    """Return ``(opened_at, closes_at)`` of the oldest ``limit`` bars after an instant.

    Only bars that had closed by ``as_of``, oldest first; None starts at the first bar there is.
    """
    bars = _closed(key, timeframe, as_of=as_of).order_by("opened_at")
    if after is not None:
        bars = bars.filter(opened_at__gt=after)
    return list(bars.values_list("opened_at", "closes_at")[:limit])


def latest_bar(key: str, timeframe: str, *, as_of: datetime | None = None) -> Bar | None:
    """Return the newest bar that had closed by an instant; without one, the newest recorded."""
    bars = Bar.objects.filter(instrument_key=key, timeframe=timeframe)
    if as_of is not None:
        bars = _closed(key, timeframe, as_of=as_of)
    return bars.order_by("-opened_at").first()


def last_bars(
    key: str, timeframe: str, *, as_of: datetime, limit: int
) -> list[tuple[datetime, datetime]]:
    """Return ``(opened_at, closes_at)`` of the newest bars that had closed, the newest first."""
    bars = _closed(key, timeframe, as_of=as_of).order_by("-opened_at")
    return list(bars.values_list("opened_at", "closes_at")[:limit])


def newest_bars(markets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """Return when the newest recorded bar of each of some (instrument, timeframe) opened."""
    columns = list(zip(*markets, strict=True))
    if not columns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(column) for column in columns])
        return {(key, timeframe): at for key, timeframe, at in cursor.fetchall()}


def timeframes_of(key: str, *, as_of: datetime) -> list[str]:
    """Return the timeframes in which an instrument had a closed bar at an instant."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMEFRAMES, [key, key, key, as_of])
        return [name for (name,) in cursor.fetchall()]


def instrument_exists(key: str) -> bool:
    """Tell whether there is such an instrument."""
    return Instrument.objects.filter(pk=key).exists()


def require_instrument(key: str) -> None:
    """Raise UnknownInstrument, naming those there are, unless there is such an instrument."""
    if not instrument_exists(key):
        raise unknown_instrument(key)


def unknown_instrument(key: str) -> UnknownInstrument:
    """Return the error that names the instruments there are."""
    known = list(Instrument.objects.values_list("pk", flat=True)[: INSTRUMENTS_NAMED + 1])
    names = ", ".join(known[:INSTRUMENTS_NAMED]) or "none yet; run load_prices"
    more = " and more" if len(known) > INSTRUMENTS_NAMED else ""
    return UnknownInstrument(
        f"instrument: {key!r} is unknown; there are {names}{more}.",
        field="instrument",
        known=known[:INSTRUMENTS_NAMED],
    )


def _closed(key: str, timeframe: str, *, as_of: datetime) -> QuerySet[Bar]:
    # A closed bar opened earlier still: said a second time, for the partitions and the key.
    return Bar.objects.filter(
        instrument_key=key, timeframe=timeframe, closes_at__lte=as_of, opened_at__lt=as_of
    )
