"""Recorded bars, in the order in which they closed. Knows files, not tables or clocks."""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from common.errors import InvalidInput, Unavailable
from market.bars import NewBar

COLUMNS = ("symbol", "date", "open", "high", "low", "close", "volume")


class RecordingUnreadable(Unavailable):
    """A recording of prices cannot be read."""

    code = "recording_unreadable"


class NotInRecording(InvalidInput):
    """The recording does not have such an instrument."""

    code = "not_in_recording"


@dataclass(frozen=True, kw_only=True)
class Session:
    """The bars of all instruments that close at one instant: of daily bars, those of a date.

    ``opened_at`` is when the first of them opened.
    """

    opened_at: datetime
    closes_at: datetime
    bars: tuple[NewBar, ...]


@dataclass(frozen=True)
class Recording:
    """Sessions of recorded bars, in the order in which they close; no two close together."""

    sessions: tuple[Session, ...]

    @classmethod
    def of(cls, bars: Collection[NewBar]) -> Recording:
        """Return the recording of bars, which may come in any order."""
        closing = {bar.key: bar.closes_at for bar in bars}
        ordered = sorted(
            bars, key=lambda bar: (closing[bar.key], bar.opened_at, bar.instrument_key)
        )
        together = groupby(ordered, key=lambda bar: closing[bar.key])
        return cls(tuple(_session(closes_at, tuple(group)) for closes_at, group in together))

    @property
    def instrument_keys(self) -> list[str]:
        """Return the keys of the instruments that it has bars of, in order."""
        return sorted({bar.instrument_key for session in self.sessions for bar in session.bars})

    @property
    def timeframe(self) -> str:
        """Return the timeframe of its bars, which is one."""
        return self.sessions[0].bars[0].timeframe

    def count_after(self, position: datetime) -> int:
        """Return how many sessions close after a position."""
        return len(self.sessions) - self._index_of(position)

    def next_after(self, position: datetime) -> Session | None:
        """Return the first session that closes after a position."""
        return next(self.sessions_after(position), None)

    def sessions_after(self, position: datetime) -> Iterator[Session]:
        """Yield the sessions that close after a position."""
        return iter(self.sessions[self._index_of(position) :])

    def bars_before(self, position: datetime) -> list[NewBar]:
        """Return the bars that had closed by a position: all that ``sessions_after`` leaves."""
        return [
            bar for session in self.sessions[: self._index_of(position)] for bar in session.bars
        ]

    def only(self, instrument_keys: Collection[str]) -> Recording:
        """Return the recording of some of its instruments.

        Raises
        ------
        NotInRecording
            It has no bar of one of them.
        """
        recorded = self.instrument_keys
        if missing := sorted(set(instrument_keys) - set(recorded)):
            raise NotInRecording(
                f"instruments: {', '.join(missing)} not recorded; there are {', '.join(recorded)}.",
                field="instruments",
            )
        wanted = [
            bar for s in self.sessions for bar in s.bars if bar.instrument_key in instrument_keys
        ]
        return Recording.of(wanted)

    def _index_of(self, position: datetime) -> int:
        return bisect_right(self.sessions, position, key=lambda session: session.closes_at)


def _session(closes_at: datetime, bars: tuple[NewBar, ...]) -> Session:
    return Session(opened_at=bars[0].opened_at, closes_at=closes_at, bars=bars)


def read_daily_recording(path: Path) -> Recording:
    """Read a gzipped CSV of daily bars: one row for each instrument and date.

    A daily bar opens at 00:00 UTC of its exchange's date. Columns beyond those needed are left.

    Raises
    ------
    RecordingUnreadable
        Naming the file, and the line where there is one.
    """
    try:
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            missing = sorted(set(COLUMNS) - set(rows.fieldnames or ()))
            if missing:
                raise RecordingUnreadable(f"{path}: no column {', '.join(missing)}.")
            bars = [_bar(row, line=rows.line_num, path=path) for row in rows]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingUnreadable(f"{path}: {error}") from error
    return Recording.of(bars)


def _bar(row: dict[str, str], *, line: int, path: Path) -> NewBar:
    try:
        return NewBar(
            instrument_key=row["symbol"],
            timeframe="1d",
            opened_at=datetime.strptime(row["date"], "%Y-%m-%d").replace(tzinfo=UTC),
            open=float(row["open"]),
            high=float(row["high"]),
            low=float(row["low"]),
            close=float(row["close"]),
            volume=float(row["volume"]),
        )
    except (TypeError, ValueError) as error:
        raise RecordingUnreadable(f"{path}, line {line}: {error}") from None
