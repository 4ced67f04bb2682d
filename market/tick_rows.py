"""Ticks in their table: written once for each name that a source gives, and read back by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.db import connection

from market.tick_checks import Verdict
from market.ticks import CHANGED_MARK, NewTick

Key = tuple[str, str, str]

CHANGED_DIGITS = 12  # of a digest; the names that sources give leave room for them

_NAME = """
    INSERT INTO market_tickidentity (instrument_key, source, event_id, at)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
    ON CONFLICT DO NOTHING RETURNING instrument_key, source, event_id
"""
_STORED = """
    SELECT t.instrument_key, t.source, t.event_id, t.at, t.price, t.size, t.bid, t.ask
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (instrument_key, source, event_id)
    JOIN market_tickidentity USING (instrument_key, source, event_id)
    JOIN market_tick t USING (instrument_key, at, source, event_id)
"""
_INSERT = """
    INSERT INTO market_tick (instrument_key, at, source, event_id, price, size, bid, ask,
                             sequence, received_at, is_history, flags, remarks)
    SELECT instrument_key, at, source, event_id, price, size, bid, ask, sequence, %s, %s,
           string_to_array(flags, ','), string_to_array(remarks, ',')
    FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::float8[], %s::float8[],
                %s::float8[], %s::float8[], %s::bigint[], %s::text[], %s::text[])
        AS n (instrument_key, at, source, event_id, price, size, bid, ask, sequence, flags, remarks)
    ON CONFLICT DO NOTHING
"""


def name_ticks(ticks: Sequence[NewTick]) -> set[Key]:
    """Keep the names of ticks, and return those that were not used before."""
    if not ticks:
        return set()
    columns = zip(*((*tick.key, tick.at) for tick in ticks), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_NAME, [list(column) for column in columns])
        return set(cursor.fetchall())


def stored_ticks(keys: Iterable[Key]) -> dict[Key, NewTick]:
    """Return what is recorded under these names."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    if not columns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, columns)
        rows = cursor.fetchall()
    return {
        row[:3]: NewTick(
            instrument_key=row[0],
            source=row[1],
            event_id=row[2],
            at=row[3],
            price=row[4],
            size=row[5],
            bid=row[6],
            ask=row[7],
        )
        for row in rows
    }


def insert_ticks(
    verdicts: Mapping[NewTick, Verdict], *, now: datetime, is_history: bool = False
) -> None:
    """Write ticks with what was found about them."""
    if not verdicts:
        return
    rows = [
        (
            tick.instrument_key,
            tick.at,
            tick.source,
            tick.event_id,
            *tick.values,
            tick.sequence,
            ",".join(verdict.flags),
            ",".join(verdict.remarks),
        )
        for tick, verdict in verdicts.items()
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, is_history, *columns])


def says_the_same(tick: NewTick, other: NewTick) -> bool:
    """Tell whether two ticks of one name are one: the same instant and the same numbers."""
    return tick.at == other.at and _as_text(tick) == _as_text(other)


def named_apart(tick: NewTick) -> NewTick:
    """Return a changed repetition under a name of its own, which says what it says."""
    said = " ".join((tick.at.astimezone(UTC).isoformat(), *_as_text(tick)))
    digest = hashlib.sha256(said.encode()).hexdigest()[:CHANGED_DIGITS]
    return replace(tick, event_id=f"{tick.event_id}{CHANGED_MARK}{digest}")


def is_named_apart(tick: NewTick) -> bool:
    """Tell whether a tick goes by the name of a changed repetition."""
    return CHANGED_MARK in tick.event_id


def _as_text(tick: NewTick) -> list[str]:
    # NaN is no equal of itself, but is written alike.
    return [repr(None if value is None else float(value)) for value in tick.values]
