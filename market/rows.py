"""Ticks and bars as others write them: an object of JSON, a line of CSV, a row of Parquet.

Knows no table and no transport; each problem names its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from common.plain_text import plain
from market import ticks as tick_rules
from market.bars import NewBar
from market.bars import problems_of as problems_of_bar
from market.calendars import Calendar
from market.ticks import NewTick

TICK_FIELDS = (
    "instrument", "at", "source", "event_id", "price", "size", "bid", "ask", "sequence",
)  # fmt: skip
BAR_FIELDS = ("instrument", "timeframe", "opened_at", "open", "high", "low", "close", "volume")
TICK_REQUIRED = ("instrument", "at", "event_id")
LONGEST_SHOWN = 40

Row = Mapping[str, Any]
Problem = tuple[str, str]  # the field, and what is wrong


class RowProblem(ValueError):
    """What is wrong with one row; it is told, not raised further."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field} {what}" for field, what in problems))


def tick_from(row: Row, *, source: str) -> NewTick:
    """Return the tick of a row; ``source`` is that of a row which names none.

    Texts stand for numbers where a row has only texts.

    Raises
    ------
    RowProblem
        Naming every field that is wrong.
    """
    read = _Reader(row, TICK_FIELDS)
    tick = NewTick(
        instrument_key=read.text("instrument"),
        at=read.instant("at"),
        source=read.text("source", default=source),
        event_id=read.text("event_id"),
        price=read.number_or_none("price"),
        size=read.number_or_none("size"),
        bid=read.number_or_none("bid"),
        ask=read.number_or_none("ask"),
        sequence=read.whole_or_none("sequence"),
    )
    read.require_no_problems(lambda: tick_rules.problems_of(tick))
    return tick


def bar_from(row: Row, *, now: datetime, calendar_for: Callable[[str], Calendar | None]) -> NewBar:
    """Return the bar of a row, which is believable and closed.

    ``calendar_for`` knows the calendar of an instrument, if there is such an instrument.

    Raises
    ------
    RowProblem
        Naming every field that is wrong.
    """
    read = _Reader(row, BAR_FIELDS)
    bar = NewBar(
        instrument_key=read.text("instrument"),
        timeframe=read.text("timeframe"),
        opened_at=read.instant("opened_at"),
        open=read.number("open"),
        high=read.number("high"),
        low=read.number("low"),
        close=read.number("close"),
        volume=read.number("volume"),
    )
    read.require_no_problems(
        lambda: problems_of_bar(bar, now=now, calendar=calendar_for(bar.instrument_key))
    )
    return bar


class _Reader:
    """Reads fields of one row, and keeps what is wrong until all of them are read."""

    def __init__(self, row: Row, fields: tuple[str, ...]) -> None:
        self._row = row
        self._problems: list[Problem] = [
            (
                plain(str(name), longest=LONGEST_SHOWN),
                f"is no field; the fields are {', '.join(fields)}",
            )
            for name in row
            if name not in fields
        ]

    def require_no_problems(self, further: Callable[[], Iterator[Problem]]) -> None:
        # What can be wrong with the whole is asked when its parts could be read.
        problems = self._problems or list(further())
        if problems:
            raise RowProblem(problems)

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self._given(name)
        if value is None:
            if default is None:
                self._object(name, "is missing")
            return default or ""
        if not isinstance(value, str):
            self._object(name, "is no text")
            return ""
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            self._object(name, "has characters that no text has")
            return ""
        return value

    def instant(self, name: str) -> datetime:
        value = self._given(name)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                value = self._given(name)
        if value is None:
            self._object(name, "is missing")
        elif not isinstance(value, datetime):
            self._object(name, "is no instant such as 2026-01-05T16:00:00Z")
        elif value.tzinfo is None:
            self._object(name, "needs a time zone, for example 2026-01-05T16:00:00Z")
        else:
            try:
                instant = value.astimezone(UTC)
            except OverflowError:
                instant = tick_rules.LAST_AT
            if tick_rules.FIRST_AT <= instant < tick_rules.LAST_AT:
                return instant
            self._object(name, "is not from 1970 to 2200")
        return tick_rules.FIRST_AT

    def number(self, name: str) -> float:
        value = self.number_or_none(name)
        if value is None and self._given(name) is None:
            self._object(name, "is missing")
        return value if value is not None else 0.0

    def number_or_none(self, name: str) -> float | None:
        value = self._given(name)
        if value is None:
            return None
        try:
            if isinstance(value, bool):
                raise ValueError
            return float(value)
        except (TypeError, ValueError, OverflowError):
            self._object(name, "is no number")
            return None

    def whole_or_none(self, name: str) -> int | None:
        value = self._given(name)
        if value is None:
            return None
        try:
            whole = int(value)
            if isinstance(value, bool) or (isinstance(value, float) and whole != value):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            self._object(name, "is no whole number")
            return None
        return whole

    # A file has no other way to leave a field out than to leave it empty.
    def _given(self, name: str) -> Any:
        value = self._row.get(name)
        return None if value == "" else value

    def _object(self, name: str, what: str) -> None:
        self._problems.append((name, what))
