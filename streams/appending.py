"""Append to streams: numbers and rows in as few statements as one output takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
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
    appended = []
    for (stream, outputs), own in zip(batches, of_each or [{}] * len(batches), strict=True):
        last = newest[stream.pk]
        appended.append(
            [
                Output(
                    **{
                        "bar_opened_at": output.get("bar_opened_at"),
                        **fields,
                        **own,
                        "stream": stream,
                        "seq": seq,
                        "value": output["value"],
                        "timestamp": _instant(output["timestamp"]),
                        "metadata": output.get("metadata") or {},
                    }
                )
                for seq, output in enumerate(outputs, start=last - len(outputs) + 1)
            ]
        )
        stream.seq = last
    _insert([row for rows in appended for row in rows])
    return appended


def _take_numbers(counts: Mapping[int, int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [list(counts), list(counts.values())])
        newest = dict(cursor.fetchall())
        cursor.execute(NOTIFY, [CHANNEL, list(counts)])
    return newest


def _insert(rows: Sequence[Output]) -> None:
    columns = [[_written(row, name) for row in rows] for name, _ in COLUMNS]
    # The second cursor is of the same connection, but its parameters travel beside the statement
    # and in binary: written into its text, arrays cost more than all the rest.
    with (
        connection.cursor() as scoped,
        connection.wrap_database_errors,
        psycopg.Cursor(scoped.connection) as cursor,
    ):
        cursor.execute(INSERT, columns)
        numbers = cursor.fetchall()
    for row, (row_id,) in zip(rows, numbers, strict=True):
        row.pk = row_id
        row._state.adding = False


def _written(row: Output, name: str) -> Any:
    value = getattr(row, name)
    return json.dumps(value) if name in JSON_COLUMNS and value is not None else value


def _instant(timestamp: datetime | str) -> datetime:
    return parse_instant(timestamp) if isinstance(timestamp, str) else timestamp
