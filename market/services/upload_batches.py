"""One batch of a file: rows that are wrong are refused one by one, the others recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from market.bars import NewBar
from market.derived_reads import KnownCalendars
from market.files import Columns
from market.models import Instrument, Upload, UploadKind
from market.rows import BAR_FIELDS, TICK_FIELDS, TICK_REQUIRED, RowProblem, bar_from, tick_from
from market.services.bars import BarRevised, record_history
from market.services.ticks import record_ticks
from market.ticks import NewTick

SOURCE = "upload"  # of a row that names none

COLUMNS = {
    UploadKind.TICKS: Columns(known=TICK_FIELDS, required=TICK_REQUIRED),
    UploadKind.BARS: Columns(known=BAR_FIELDS, required=BAR_FIELDS),
}

Rows = Sequence[tuple[int, dict[str, Any]]]
Made = TypeVar("Made", NewTick, NewBar)


@dataclass(kw_only=True)
class Batch:
    """What became of the rows of a batch."""

    rows: int
    accepted: int = 0
    duplicates: int = 0
    kept_apart: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    def refuse(self, number: int, problems: Iterable[tuple[str, str]]) -> None:
        """Note that a row, counted from 1 below the head, was refused."""
        self.refused += 1
        self.errors += [
            {"row": number, "field": name, "message": f"{name} {what}"} for name, what in problems
        ]


def record_batch(upload: Upload, rows: Rows, *, now: datetime) -> Batch:
    """Record what can be recorded of a batch, in the caller's transaction."""
    batch = Batch(rows=len(rows))
    if upload.kind == UploadKind.TICKS:
        ticks = _readable(rows, lambda row: tick_from(row, source=SOURCE), batch)
        _record_ticks([tick for _, tick in ticks], batch, now=now)
    else:
        calendar_for = KnownCalendars().calendar_for
        make = partial(bar_from, now=now, calendar_for=calendar_for)
        _record_bars(_readable(rows, make, batch), batch, now=now)
    return batch


def _readable(
    rows: Rows, make: Callable[[dict[str, Any]], Made], batch: Batch
) -> list[tuple[int, Made]]:
    made = []
    for number, row in rows:
        try:
            made.append((number, make(row)))
        except RowProblem as error:
            batch.refuse(number, error.problems)
    keys = {each.instrument_key for _, each in made}
    known = set(Instrument.objects.filter(pk__in=keys).values_list("pk", flat=True))
    for number, each in made:
        if each.instrument_key not in known:
            batch.refuse(number, [("instrument", f"{each.instrument_key!r} is unknown")])
    return [(number, each) for number, each in made if each.instrument_key in known]


# As history, like bars of a file.
def _record_ticks(ticks: Sequence[NewTick], batch: Batch, *, now: datetime) -> None:
    said = record_ticks(ticks, now=now, is_history=True)
    batch.accepted, batch.duplicates, batch.flagged = said.accepted, said.duplicates, said.flagged
    batch.kept_apart = len(ticks) - said.accepted - said.duplicates


# As history: no script runs for it. A bar with other numbers than the recorded one is refused, and
# found by halving.
def _record_bars(bars: list[tuple[int, NewBar]], batch: Batch, *, now: datetime) -> None:
    if not bars:
        return
    try:
        with transaction.atomic():
            new = record_history([bar for _, bar in bars], now=now)
    except BarRevised:
        if len(bars) == 1:
            batch.refuse(bars[0][0], [("bar", "is recorded with other numbers, which stay")])
            return
        middle = len(bars) // 2
        _record_bars(bars[:middle], batch, now=now)
        _record_bars(bars[middle:], batch, now=now)
        return
    batch.accepted += new
    batch.duplicates += len(bars) - new
