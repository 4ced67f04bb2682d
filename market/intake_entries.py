"""What feeds write to the intake stream: entries read as ticks and bars. Knows no Redis, no table.

An entry is one tick, field by field as text, or has a field ``ticks`` or ``bars``: JSON, one object
or a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from market.bars import NewBar
from market.calendars import Calendar
from market.rows import RowProblem, bar_from, tick_from
from market.ticks import NewTick

SOURCE = "stream"  # of a tick that names none
ROWS_MAX = 5_000  # of one entry

Made = TypeVar("Made", NewTick, NewBar)


@dataclass(frozen=True, slots=True)
class Contents:
    """The ticks and bars of an entry."""

    ticks: tuple[NewTick, ...] = ()
    bars: tuple[NewBar, ...] = ()


def read_entry(
    fields: Mapping[bytes, bytes],
    *,
    now: datetime,
    calendar_for: Callable[[str], Calendar | None],
) -> Contents:
    """Return what an entry says; ``calendar_for`` knows the calendar of an instrument.

    Raises
    ------
    RowProblem
        Nothing can be made of it, or of a row of it.
    """
    try:
        texts = {name.decode(): value.decode() for name, value in fields.items()}
    except UnicodeDecodeError:
        raise RowProblem([("entry", "is no text in UTF-8")]) from None
    packed = [name for name in ("ticks", "bars") if name in texts]
    if not packed:
        return Contents(ticks=(tick_from(texts, source=SOURCE),))
    if len(texts) > 1:
        raise RowProblem([("entry", f"has fields beside {packed[0]}")])
    rows = _rows(packed[0], texts[packed[0]])
    if packed == ["ticks"]:
        return Contents(ticks=_made(rows, lambda row: tick_from(row, source=SOURCE)))
    make = partial(bar_from, now=now, calendar_for=calendar_for)
    return Contents(bars=_made(rows, make))


def _made(rows: Sequence[Mapping[str, Any]], make: Callable[[Any], Made]) -> tuple[Made, ...]:
    made = []
    for number, row in enumerate(rows, start=1):
        try:
            made.append(make(row))
        except RowProblem as error:
            problems = [(f"row {number}: {field}", what) for field, what in error.problems]
            raise RowProblem(problems) from None
    return tuple(made)


def _rows(name: str, text: str) -> list[dict[str, Any]]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise RowProblem([(name, "is no JSON")]) from None
    rows = said if isinstance(said, list) else [said]
    if not 1 <= len(rows) <= ROWS_MAX or not all(isinstance(row, dict) for row in rows):
        raise RowProblem([(name, f"is one object, or a list of 1 to {ROWS_MAX}")])
    return rows
