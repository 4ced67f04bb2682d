"""What somebody pastes who thinks that values leaked: a table of times and values, in any order."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from common.errors import InvalidInput

ROWS_MAX = 20_000
COLUMNS_MAX = 20
SEPARATORS = ("\t", ";", ",", "|")
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC).timestamp(), 4_102_444_800.0  # 2100
_TIME_NAMES = re.compile(r"(time|timestamp|date|datetime|at|ts)", re.IGNORECASE)
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S")


class LeakNotReadable(InvalidInput):
    """Paste one row a line: a time and one or more numbers, separated by commas or tabs."""

    code = "leak_not_readable"


@dataclass(frozen=True)
class LeakedColumn:
    """One column of numbers; NaN where a row has none."""

    name: str
    values: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Leak:
    """A leaked table. ``times`` are seconds since 1970, or None when the rows have none."""

    columns: tuple[LeakedColumn, ...]
    times: npt.NDArray[np.float64] | None

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.columns[0].values)


def read_leak(text: str) -> Leak:
    """Return the table that a text holds; lines that hold no number are passed over.

    Raises
    ------
    LeakNotReadable
        There is no number in it, or more rows or columns than are searched.
    """
    cells = _cells(text)
    if not cells:
        raise LeakNotReadable()
    width = max(map(len, cells))
    padded = [row + [""] * (width - len(row)) for row in cells]
    names = padded[0] if _is_header(padded) else [""] * width
    body = padded[1:] if _is_header(padded) else padded
    by_column = list(zip(*body, strict=True))
    clock = _time_column(names, by_column)
    columns = tuple(
        LeakedColumn(names[i].strip(), values)
        for i, texts in enumerate(by_column)
        if i != clock and np.isfinite(values := np.array([_number(t) for t in texts])).any()
    )
    if not columns:
        raise LeakNotReadable()
    times = None if clock is None else np.array([_instant(t) for t in by_column[clock]])
    return Leak(columns, times)


def _cells(text: str) -> list[list[str]]:
    lines = [line for line in text.replace("\0", "").splitlines() if line.strip()]
    if len(lines) > ROWS_MAX + 1:
        raise LeakNotReadable(f"At most {ROWS_MAX:,} rows are searched at once; leave some out.")
    if not lines:
        return []
    separator = max(SEPARATORS, key=lambda mark: sum(line.count(mark) for line in lines[:50]))
    if not any(separator in line for line in lines[:50]):
        separator = ","
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error:
        raise LeakNotReadable() from None
    if max(map(len, rows), default=0) > COLUMNS_MAX:
        raise LeakNotReadable(f"At most {COLUMNS_MAX} columns are searched; leave some out.")
    return [row for row in rows if row]


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    first = rows[0]
    return all(math.isnan(_number(t)) and math.isnan(_instant(t)) for t in first)


def _time_column(names: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    best, most = None, 0.0
    for index, texts in enumerate(columns):
        named = bool(_TIME_NAMES.fullmatch(names[index].strip()))
        read = [_instant(t, bare_numbers=named or _look_like_epochs(texts)) for t in texts]
        share = float(np.mean(np.isfinite(read))) + named
        if share > max(most, 0.5):
            best, most = index, share
    return best


def _look_like_epochs(texts: Sequence[str]) -> bool:
    # Seconds or milliseconds since 1970, told apart from prices by their size and by being whole.
    numbers = [_number(text) for text in texts]
    return all(math.isnan(n) or (n >= 1e8 and n == int(n)) for n in numbers)


def _number(text: str) -> float:
    text = text.strip().strip("'\"").replace("\N{MINUS SIGN}", "-")
    if text.endswith("%"):
        text = text[:-1]
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):  # a decimal comma
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and abs(number) < 1e300 else math.nan


def _instant(text: str, *, bare_numbers: bool = True) -> float:
    text = text.strip().strip("'\"")
    seconds = _epoch(text) if re.fullmatch(r"[0-9]{9,13}(\.[0-9]+)?", text) else None
    if seconds is not None:
        return seconds if bare_numbers else math.nan
    read = _written_date(text)
    if read is None:
        return math.nan
    stamp = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return stamp if EARLIEST <= stamp <= LATEST else math.nan


def _epoch(text: str) -> float | None:
    number = float(text)
    seconds = number / 1000 if number > LATEST else number
    return seconds if EARLIEST <= seconds <= LATEST else None


def _written_date(text: str) -> datetime | None:
    if not re.match(r"[0-9]{1,4}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,4}", text):
        return None
    if re.fullmatch(r"[0-9.]{1,7}|[0-9]+\.[0-9]+", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        pass
    for day in _DATES:
        for clock in _CLOCKS:
            try:
                return datetime.strptime(text.removesuffix(" UTC"), day + clock)  # noqa: DTZ007
            except ValueError:
                continue
    return None
