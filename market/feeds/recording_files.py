"""A recording from a file of bars, CSV or Parquet, in the form in which bars are uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from market.bars import NewBar, in_session
from market.calendars import Calendar
from market.feeds.replay import Recording, RecordingUnreadable
from market.files import Columns, FileUnreadable, count_rows, rows_from
from market.rows import BAR_FIELDS, RowProblem, bar_from

COLUMNS = Columns(known=BAR_FIELDS, required=BAR_FIELDS)
LARGEST_BYTES = 512 * 1024 * 1024


def read_content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    RecordingUnreadable
        There is no such file, or it is larger than LARGEST_BYTES.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RecordingUnreadable(f"{path}: it is larger than 512 MiB; cut it into parts.")
        return path.read_bytes()
    except OSError as error:
        raise RecordingUnreadable(f"{path}: {error.strerror}.") from error


def digest_of(content: bytes) -> str:
    """Return the SHA-256 by which a recording is known again."""
    return hashlib.sha256(content).hexdigest()


def recording_in(
    content: bytes, *, now: datetime, calendar_for: Callable[[str], Calendar | None]
) -> Recording:
    """Return the bars of a file, in the order in which they close by their exchanges' sessions.

    ``calendar_for`` knows the calendar of an instrument, if there is such an instrument.

    Raises
    ------
    RecordingUnreadable
        Naming the row and every field of it that is wrong; or the file has no bar, several
        timeframes, or a bar twice.
    """
    try:
        count_rows(content, COLUMNS)  # bounded before anything is kept
        bars = list(_bars(content, now=now, calendar_for=calendar_for))
    except FileUnreadable as error:
        raise RecordingUnreadable(error.message) from error
    _check(bars)
    return Recording.of(bars)


def _bars(
    content: bytes, *, now: datetime, calendar_for: Callable[[str], Calendar | None]
) -> Iterator[NewBar]:
    for number, row in rows_from(content, COLUMNS, start=0):
        try:
            bar = bar_from(row, now=now, calendar_for=calendar_for)
        except RowProblem as problem:
            raise RecordingUnreadable(f"Row {number}: {problem}.") from None
        calendar = calendar_for(bar.instrument_key)
        if calendar is None:
            raise RecordingUnreadable(
                f"Row {number}: there is no instrument {bar.instrument_key!r}; add it first."
            )
        yield in_session(bar, calendar)


def _check(bars: list[NewBar]) -> None:
    if not bars:
        raise RecordingUnreadable("The file has no bar below its head.")
    timeframes = sorted({bar.timeframe for bar in bars})
    if len(timeframes) > 1:
        raise RecordingUnreadable(
            f"The file has bars of {', '.join(timeframes)}; a recording has one timeframe, "
            "and longer bars are made of its own."
        )
    seen = set()
    for bar in bars:
        if bar.key in seen:
            raise RecordingUnreadable(f"The bar {bar} is there twice.")
        seen.add(bar.key)
