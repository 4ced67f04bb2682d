"""A history as a file: row by row to whoever reads it, never all of it in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("seq", "timestamp", "value", "metadata", "bar_opened_at", "confirmed", "published_at")
_INSTANT = pa.timestamp("us", tz="UTC")
# A value can be anything that JSON can say: it is JSON in both files, a number as it is written.
SCHEMA = pa.schema(
    [
        ("seq", pa.int64()),
        ("timestamp", _INSTANT),
        ("value", pa.string()),
        ("metadata", pa.string()),
        ("bar_opened_at", _INSTANT),
        ("confirmed", pa.bool_()),
        ("published_at", _INSTANT),
        ("number", pa.float64()),  # the value again, where it is one
    ]
)
Chunks = Iterable[list[dict[str, Any]]]


def csv_of(chunks: Chunks) -> Iterator[bytes]:
    """Yield a CSV with a heading; an instant is ISO 8601, a value and its metadata are JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rows in chunks:
        writer.writerows([_cell(row[name]) for name in COLUMNS] for row in map(_flat, rows))
        yield _taken(text)
    if text.tell():
        yield _taken(text)


def parquet_of(chunks: Chunks) -> Iterator[bytes]:
    """Yield a Parquet file, a row group for each chunk."""
    sink = _Passage()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), SCHEMA, compression="zstd") as writer:
        for rows in chunks:
            numbered = [{**_flat(row), "number": _number(row["value"])} for row in rows]
            writer.write_table(pa.Table.from_pylist(numbered, schema=SCHEMA))
            yield sink.taken()
    yield sink.taken()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "value": _json(row["value"]), "metadata": _json(row["metadata"])}


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


class _Passage(io.RawIOBase):
    """A file that keeps what is written only until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def taken(self) -> bytes:
        """Return what was written since it was taken the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
