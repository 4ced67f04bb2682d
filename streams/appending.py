"""Append to streams: numbers and rows in as few statements as one output takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
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
    ("confirmed", "boolean"),
    ("created_at", "timestamptz"),
)
# What a publication says of all its outputs.
SHARED = (
    "tolerance",
    "execution_id",
    "subscription_id",
    "bar_opened_at",
    "confirmed",
    "created_at",
)
JSON_COLUMNS = ("value", "metadata", "tolerance")
# Columns as arrays: a parameter for each value of each row is what makes a long INSERT slow.
INSERT = """
    INSERT INTO streams_output ({names}) SELECT {values} FROM unnest({arrays}) AS o ({names})
    RETURNING id
""".format(
    names=", ".join(f'"{name}"' for name, _ in COLUMNS),
    values=", ".join(f'"{n}"::jsonb' if n in JSON_COLUMNS else f'"{n}"' for n, _ in COLUMNS),
    arrays=", ".join(f"%b::{kind}[]" for _, kind in COLUMNS),
)


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
    parameters = [
        [value if value is None else json.dumps(value) for value in columns[name]]
        if name in JSON_COLUMNS
        else columns[name]
        for name, _ in COLUMNS
    ]
    # The second cursor is of the same connection, but its parameters travel beside the statement
    # and in binary: written into its text, arrays cost more than all the rest.
    with (
        connection.cursor() as scoped,
        connection.wrap_database_errors,
        psycopg.Cursor(scoped.connection) as cursor,
    ):
        cursor.execute(INSERT, parameters)
        return [row_id for (row_id,) in cursor.fetchall()]


def _instant(timestamp: datetime | str) -> datetime:
    return parse_instant(timestamp) if isinstance(timestamp, str) else timestamp
