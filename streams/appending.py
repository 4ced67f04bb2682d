"""Append to streams: numbers and rows in as few statements as one output takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice, repeat
from typing import Any, NotRequired, TypedDict

import psycopg
from django.db import connection

from common.clock import parse_instant
from streams.models import Output, Stream

CHANNEL = "streams_outputs"  # PostgreSQL's, to the relay; the payload is the stream's id
# In the order of ids; as one statement, whose cost hardly grows with the number of streams.
TAKE_NUMBERS = """
    WITH wanted AS (
        SELECT s.id, w.taken FROM unnest(%s::bigint[], %s::bigint[]) AS w (id, taken)
        JOIN streams_stream s USING (id) ORDER BY s.id FOR NO KEY UPDATE OF s
    )
    UPDATE streams_stream s SET seq = s.seq + w.taken FROM wanted w WHERE s.id = w.id
    RETURNING s.id, s.seq
"""
NOTIFY = "SELECT pg_notify(%s, id::text) FROM unnest(%s::bigint[]) AS id"
COLUMNS = (
    ("stream_id", "bigint"),
    ("seq", "bigint"),
    ("value", "text"),
    ("timestamp", "timestamptz"),
    ("metadata", "text"),
    ("tolerance", "text"),
    ("execution_id", "uuid"),
    ("subscription_id", "uuid"),
    ("bar_opened_at", "timestamptz"),
    ("as_of", "timestamptz"),
    ("confirmed", "boolean"),
    ("created_at", "timestamptz"),
)
# What a publication says of all its outputs.
SHARED = (
    "tolerance",
    "execution_id",
    "subscription_id",
    "bar_opened_at",
    "as_of",
    "confirmed",
    "created_at",
)
JSON_COLUMNS = ("value", "metadata", "tolerance")
COUNTED = "seq"  # of no two rows of a stream the same
INSERT = """
    INSERT INTO streams_output ({names}) SELECT {values} FROM unnest({arrays}) AS o ({varying})
    RETURNING id
"""


class NewOutput(TypedDict):
    """What a script put out: ``timestamp`` is aware, or ISO 8601 with a zone."""

    value: Any
    timestamp: datetime | str
    metadata: NotRequired[dict[str, Any]]
    bar_opened_at: NotRequired[datetime]  # where a publication is not about one bar


def append(
    batches: Sequence[tuple[Stream, Sequence[NewOutput]]],
    *,
    of_each: Sequence[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> list[list[Output]]:
    """Give outputs their streams' next numbers and store them, each stream's in one batch.

    ``fields`` are those of all outputs, ``of_each`` further ones for each batch. The streams' rows
    stay locked until the caller's transaction ends, and the relay hears of it then.
    """
    newest = _take_numbers({stream.pk: len(outputs) for stream, outputs in batches})
    columns: dict[str, list[Any]] = {name: [] for name, _ in COLUMNS}
    for (stream, outputs), own in zip(batches, of_each or repeat({}), strict=False):
        stream.seq = newest[stream.pk]
        for name, values in _columns_of(stream, outputs, {**fields, **own}).items():
            columns[name] += values
    columns["id"] = _insert(columns)
    rows = _rows(columns)
    return [_taken(rows, stream, len(outputs)) for stream, outputs in batches]


def _columns_of(
    stream: Stream, outputs: Sequence[NewOutput], fields: Mapping[str, Any]
) -> dict[str, list[Any]]:
    count = len(outputs)
    return {
        "bar_opened_at": [output.get("bar_opened_at") for output in outputs],
        **{name: [fields.get(name)] * count for name in SHARED if name in fields},
        **{name: [None] * count for name in SHARED if name not in (*fields, "bar_opened_at")},
        "stream_id": [stream.pk] * count,
        "seq": list(range(stream.seq - count + 1, stream.seq + 1)),
        "value": [output["value"] for output in outputs],
        "timestamp": [_instant(output["timestamp"]) for output in outputs],
        "metadata": [output.get("metadata") or {} for output in outputs],
    }


# From whole rows, as the database's own are made: a keyword for each field costs twice as much.
def _rows(columns: Mapping[str, list[Any]]) -> Iterator[Output]:
    names = [field.attname for field in Output._meta.concrete_fields]
    for values in zip(*(columns[name] for name in names), strict=True):
        yield Output.from_db(connection.alias, names, values)


def _taken(rows: Iterator[Output], stream: Stream, count: int) -> list[Output]:
    taken = list(islice(rows, count))
    for row in taken:
        row.stream = stream
    return taken


def _take_numbers(counts: Mapping[int, int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [list(counts), list(counts.values())])
        newest = dict(cursor.fetchall())
        cursor.execute(NOTIFY, [CHANNEL, list(counts)])
    return newest


def _insert(columns: Mapping[str, list[Any]]) -> list[int]:
    shared = tuple(name for name, _ in COLUMNS if _is_shared(name, columns[name]))
    varying = [name for name, _ in COLUMNS if name not in shared]
    parameters = [
        *(_parameters(name, columns[name][:1])[0] for name in shared),
        *(_parameters(name, columns[name]) for name in varying),
    ]
    # The second cursor is of the same connection, but its parameters travel beside the statement
    # and in binary: written into its text, arrays cost more than all the rest.
    with (
        connection.cursor() as scoped,
        connection.wrap_database_errors,
        psycopg.Cursor(scoped.connection) as cursor,
    ):
        cursor.execute(_insert_sharing(shared), parameters)
        return [row_id for (row_id,) in cursor.fetchall()]


def _is_shared(name: str, values: Sequence[Any]) -> bool:
    return name != COUNTED and all(value is values[0] for value in values)


def _parameters(name: str, values: Sequence[Any]) -> list[Any]:
    if name not in JSON_COLUMNS:
        return list(values)
    return [value if value is None else json.dumps(value) for value in values]


@lru_cache(maxsize=64)
def _insert_sharing(shared: tuple[str, ...]) -> str:
    """Return the statement that takes some columns once, and the others as an array each.

    A parameter for each value of each row is what makes a long INSERT slow, and so are arrays.
    """
    kinds = dict(COLUMNS)
    varying = [name for name in kinds if name not in shared]
    taken = {name: f"%b::{kinds[name]}" if name in shared else f'"{name}"' for name in kinds}
    return INSERT.format(
        names=", ".join(f'"{name}"' for name in kinds),
        values=", ".join(f"{t}::jsonb" if n in JSON_COLUMNS else t for n, t in taken.items()),
        arrays=", ".join(f"%b::{kinds[name]}[]" for name in varying),
        varying=", ".join(f'"{name}"' for name in varying),
    )


def _instant(timestamp: datetime | str) -> datetime:
    return parse_instant(timestamp) if isinstance(timestamp, str) else timestamp
