"""Tables of ticks or bars in a file, CSV or Parquet, row by row from any row on.

Knows no table of ours. Of Parquet only a bounded part is unpacked at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.errors import InvalidInput

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyarrow.parquet import ParquetFile

PARQUET_MAGIC = b"PAR1"
ROWS_MAX = 2_000_000
UNPACKED_MAX_BYTES = 256 * 1024 * 1024  # of one part of a Parquet file, which is read whole
ROWS_AT_ONCE = 1000

Row = dict[str, Any]


class FileUnreadable(InvalidInput):
    """The file cannot be read as a table; the message says where and what to change."""

    code = "file_unreadable"


@dataclass(frozen=True)
class Columns:
    """The names that a table's head may have, and those that it has to have."""

    known: Sequence[str]
    required: Sequence[str]

    def check(self, head: Sequence[str]) -> None:
        """Raise FileUnreadable unless a head has what it has to, each once, and nothing else."""
        missing = [name for name in self.required if name not in head]
        if missing:
            raise FileUnreadable(
                f"There is no column {', '.join(missing)}; the columns are {', '.join(self.known)}."
            )
        odd = [name for name in head if name not in self.known or head.count(name) > 1]
        if odd:
            raise FileUnreadable(
                f"The column {odd[0][:40]!r} is none of ours, or is there twice; the columns are "
                f"{', '.join(self.known)}."
            )


def is_parquet(content: bytes) -> bool:
    """Tell whether a file says that it is Parquet; everything else is read as CSV."""
    return content.startswith(PARQUET_MAGIC)


def count_rows(content: bytes, columns: Columns) -> int:
    """Return how many rows a file has below its head.

    Raises
    ------
    FileUnreadable
        It is no table with these columns, or has too many rows.
    """
    if is_parquet(content):
        rows: int = _open_parquet(content, columns).metadata.num_rows
        return rows
    total = 0
    for total, _ in enumerate(_csv_rows(content, columns), start=1):
        if total > ROWS_MAX:
            raise FileUnreadable(f"It has more than {ROWS_MAX:,} rows; cut it into parts.")
    return total


def rows_from(content: bytes, columns: Columns, *, start: int) -> Iterator[tuple[int, Row]]:
    """Yield the rows after the first ``start``, each with its number, counted from 1.

    Raises
    ------
    FileUnreadable
        As ``count_rows``, or a part of the file is damaged.
    """
    rows = (
        _parquet_rows(_open_parquet(content, columns), start=start)
        if is_parquet(content)
        else enumerate(_csv_rows(content, columns), start=1)
    )
    return ((number, row) for number, row in rows if number > start)


def _csv_rows(content: bytes, columns: Columns) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(f"Line {line}: it is no text in UTF-8, and no Parquet.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="(beyond the head)", strict=True)
    try:
        columns.check([name.strip() for name in reader.fieldnames or ()])
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        for row in reader:
            yield {name: value.strip() if isinstance(value, str) else value
                   for name, value in row.items()}  # fmt: skip
    except csv.Error as error:
        raise FileUnreadable(f"Line {reader.line_num}: {error}.") from None


def _open_parquet(content: bytes, columns: Columns) -> ParquetFile:
    # Here and not above: it takes long to import, and few need it.
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(io.BytesIO(content))
    except (ArrowException, OSError, ValueError) as error:
        raise FileUnreadable(f"It is no Parquet that can be read: {_short(error)}") from None
    columns.check(file.schema_arrow.names)
    if file.metadata.num_rows > ROWS_MAX:
        raise FileUnreadable(f"It has more than {ROWS_MAX:,} rows; cut it into parts.")
    parts = (file.metadata.row_group(part) for part in range(file.metadata.num_row_groups))
    if any(part.total_byte_size > UNPACKED_MAX_BYTES for part in parts):
        raise FileUnreadable("A row group of it is too large; write it with smaller ones.")
    return file


def _parquet_rows(file: ParquetFile, *, start: int) -> Iterator[tuple[int, Row]]:
    from pyarrow import ArrowException

    number, parts = 0, list(range(file.metadata.num_row_groups))
    while parts and number + (size := file.metadata.row_group(parts[0]).num_rows) <= start:
        number += size
        parts.pop(0)
    try:
        for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=parts, use_threads=False):
            for row in _rows_of(_plain(batch)):
                number += 1
                yield number, row
    except OverflowError:
        raise FileUnreadable(
            f"Row {number + 1}: it has an instant that no calendar has; instants are from 1970 to "
            "2200."
        ) from None
    except (ArrowException, OSError, ValueError) as error:
        raise FileUnreadable(f"After row {number} it cannot be read: {_short(error)}") from None


def _rows_of(batch: RecordBatch) -> Iterable[Row]:
    try:
        rows: list[Row] = batch.to_pylist()
    except OverflowError:
        # By itself each: the error does not say which row it is about.
        return (batch.slice(place, 1).to_pylist()[0] for place in range(batch.num_rows))
    return rows


# Instants to the microsecond, as they are stored.
def _plain(batch: RecordBatch) -> RecordBatch:
    import pyarrow

    for place, field in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(field.type):
            finest = pyarrow.timestamp("us", tz=field.type.tz)
            column = batch.column(place).cast(finest, safe=False)
            batch = batch.set_column(place, field.name, column)
    return batch


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
