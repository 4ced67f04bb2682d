"""What it costs to write outputs, against COPY, and to read them, against a table that is not cut.

All of it happens in one transaction that is rolled back. The floors have the same columns, keys and
indexes: one table for COPY, one for the reads, which holds the same million rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from bench.rows import BenchRow
from streams import relay
from streams.models import Output, Stream
from streams.publishing import NewOutput, publish_outputs

ROWS_WRITTEN = 2000  # of one bar: a level of a plan with many instruments
ROUNDS = 15
STREAMS, OUTPUTS_EACH = 1000, 1000
READS = 200
FRAMES = 200
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
WHOLE = """
    CREATE TABLE bench_whole (LIKE streams_output INCLUDING ALL);
    ALTER TABLE bench_whole ADD PRIMARY KEY (stream_id, seq);
    ALTER TABLE bench_whole ADD FOREIGN KEY (stream_id) REFERENCES streams_stream (id)
        DEFERRABLE INITIALLY DEFERRED;
"""
# Over the year before, this one and the next: as many pieces as a reader ever meets in a few years.
FILL = """
    INSERT INTO {table} (stream_id, seq, value, "timestamp", metadata, confirmed, created_at)
    SELECT s.id, n, to_jsonb(n * 0.5), '2020-01-01Z'::timestamptz + n * interval '1 day',
        '{{"side": "buy"}}'::jsonb, true,
        date_trunc('year', now()) + (n - %s / 2) * interval '1 day'
    FROM generate_series(1, %s) AS n CROSS JOIN streams_stream AS s WHERE s.id = ANY (%s)
"""
AFTER = "SELECT * FROM {table} WHERE stream_id = %s AND seq > %s ORDER BY seq LIMIT %s"
PAGE = """
    SELECT * FROM {table} WHERE stream_id = %s AND created_at <= now() + interval '10 years'
    AND "timestamp" >= '2020-06-01Z' ORDER BY seq DESC LIMIT 51
"""


def rows() -> list[BenchRow]:
    """Measure writes and reads, and leave nothing behind."""
    with transaction.atomic():
        streams = [_stream(number) for number in range(STREAMS)]
        measured = [_writes(streams[0]), *_reads([stream.pk for stream in streams])]
        transaction.set_rollback(True)
    return measured


def _writes(stream: Stream) -> BenchRow:
    _execute(WHOLE)
    outputs = [
        NewOutput(
            value={"fast": number * 0.5, "slow": number * 0.25},
            timestamp=FIRST + timedelta(minutes=number),
            metadata={"side": "buy", "reason": "crossed above"},
        )
        for number in range(ROWS_WRITTEN)
    ]
    ours, copied = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        written = publish_outputs(stream, outputs, now=FIRST.replace(year=datetime.now(UTC).year))
        ours.append(time.perf_counter() - started)
        copied.append(_copy(written))
    # What waits for the end of the transaction is in the way of emptying a table.
    _execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    _execute("DELETE FROM streams_output WHERE stream_id = %s", [stream.pk])
    _execute("TRUNCATE bench_whole")
    value, floor = (min(one) / ROWS_WRITTEN * 1e6 for one in (ours, copied))
    return BenchRow(
        name="history write, against COPY of the same rows",
        ratio=value / floor,
        goal=2.0,
        floor=floor,
        value=value,
        unit="us",
    )


def _copy(written: list[Output]) -> float:
    columns = "stream_id, seq, value, timestamp, metadata, confirmed, created_at"
    started = time.perf_counter()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY bench_whole ({columns}) FROM STDIN") as copy,
    ):
        for one in written:
            value, metadata = json.dumps(one.value), json.dumps(one.metadata)
            copy.write_row(
                (one.stream_id, one.seq, value, one.timestamp, metadata, True, one.created_at)
            )
    return time.perf_counter() - started


def _reads(stream_ids: list[int]) -> list[BenchRow]:
    for table in ("streams_output", "bench_whole"):
        _execute(FILL.format(table=table), [OUTPUTS_EACH, OUTPUTS_EACH, stream_ids])
        _execute(f"ANALYZE {table}")
    _execute("UPDATE streams_stream SET seq = %s WHERE id = ANY (%s)", [OUTPUTS_EACH, stream_ids])
    _execute(
        "INSERT INTO streams_relaycursor SELECT id, %s FROM unnest(%s::bigint[]) AS id",
        [OUTPUTS_EACH - 1, stream_ids],
    )
    to_carry = relay.OUTPUTS_TO_CARRY.replace("streams_output", "{table}")
    limits = relay.BATCH_OUTPUTS_PER_STREAM, relay.BATCH_OUTPUTS

    def carried(one: int) -> list[Any]:
        return [limits[0], [stream_ids[one]], [stream_ids[one]], limits[1]]

    def resumed(one: int) -> list[Any]:
        return [stream_ids[one], OUTPUTS_EACH - FRAMES, FRAMES]

    return [
        _compared("relay reads one new output", to_carry, carried, goal=3.0),
        _compared(f"resume reads {FRAMES} outputs", AFTER, resumed, goal=1.5),
        _compared("page of a history", PAGE, lambda one: [stream_ids[one]], goal=2.0),
    ]


def _compared(
    what: str, query: str, parameters: Callable[[int], list[Any]], *, goal: float
) -> BenchRow:
    taken: dict[str, list[float]] = {"streams_output": [], "bench_whole": []}
    for table in taken:
        _require_index(query.format(table=table), parameters(0))
    for number in range(READS):
        # In turns, so that whatever else the machine does falls on both.
        for table, times in taken.items():
            times.append(_microseconds(query.format(table=table), parameters(number)))
    cut, whole = (min(times) for times in taken.values())
    return BenchRow(
        name=f"{what}, against a table that is not cut",
        ratio=cut / whole,
        goal=goal,
        floor=whole,
        value=cut,
        unit="us",
    )


def _require_index(query: str, parameters: list[Any]) -> None:
    plan = [line for (line,) in _execute(f"EXPLAIN {query}", parameters)]
    # A piece without rows costs nothing whichever way it is read.
    scanned = [
        line
        for line in plan
        if "Seq Scan on" in line
        and " rows=1 " not in line
        and ("streams_output" in line or "bench_whole" in line)
    ]
    if scanned:
        raise AssertionError(f"Not through an index: {scanned}")


def _microseconds(query: str, parameters: list[Any]) -> float:
    started = time.perf_counter()
    found = _execute(query, parameters)
    taken = time.perf_counter() - started
    if not found:
        raise AssertionError("There was nothing to read.")
    return taken * 1e6


def _stream(number: int) -> Stream:
    return Stream.objects.create(
        key=f"personal:bench:{number}:X:default", instrument_key="X", params_sha256=str(number)
    )


def _execute(query: str, parameters: list[Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []
