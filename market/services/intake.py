"""Ticks and bars that somebody sends: read row by row, recorded all together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.conf import settings

from accounts.models import User
from common.errors import TooLarge
from market.aggregation import count_expected
from market.bars import NewBar
from market.derived_reads import KnownCalendars
from market.queries import latest_bar
from market.rows import RowProblem, bar_from, tick_from
from market.services.bars import PROBLEMS_SHOWN, BarRefused, record_bars
from market.services.roles import require_may_feed
from market.services.ticks import RecordedTicks, TickRefused, record_ticks
from market.ticks import NewTick
from market.timeframes import Timeframe

SOURCE = "api"  # of a tick that names none

Made = TypeVar("Made", NewTick, NewBar)


class TooManyRows(TooLarge):
    """One request brings a bounded number of rows; send several, or upload a file."""

    code = "too_many_rows"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Bars that are missing between one that is recorded and the next."""

    instrument_key: str
    timeframe: str
    after: datetime
    until: datetime
    missing: int


@dataclass(frozen=True, kw_only=True)
class RecordedBars:
    """What became of the bars of a call."""

    accepted: int
    duplicates: int
    gaps: Sequence[Gap]


def take_ticks(rows: Sequence[Any], *, acting_user: User, now: datetime) -> RecordedTicks:
    """Record ticks as whoever operates the platform sends them.

    Raises
    ------
    PlatformOperatorRequired
    TooManyRows
    TickRefused, UnknownInstrument
        Nothing was recorded; the message names the row, counted from 1, and the field.
    """
    require_may_feed(acting_user)
    ticks = _made(rows, lambda row: tick_from(row, source=SOURCE), "ticks", TickRefused)
    return record_ticks(ticks, now=now)


def take_bars(rows: Sequence[Any], *, acting_user: User, now: datetime) -> RecordedBars:
    """Record closed bars as they are sent, and say what is missing before them.

    Raises
    ------
    PlatformOperatorRequired
    TooManyRows
    BarRefused, UnknownInstrument, BarRevised
        Nothing was recorded.
    """
    require_may_feed(acting_user)
    bars = bars_from(rows, now=now)
    gaps = gaps_before(bars)
    new = record_bars(bars, now=now)
    return RecordedBars(accepted=len(new), duplicates=len(bars) - len(new), gaps=gaps)


def bars_from(rows: Sequence[Any], *, now: datetime) -> list[NewBar]:
    """Return the bars of rows, or raise BarRefused or TooManyRows."""
    known = KnownCalendars()
    make = partial(bar_from, now=now, calendar_for=known.calendar_for)
    return _made(rows, make, "bars", BarRefused)


def gaps_before(bars: Sequence[NewBar]) -> list[Gap]:
    """Return where bars are missing before or among some that are to be recorded.

    Where the exchange is closed none are missing. Of an unknown instrument nothing is said.
    """
    gaps = []
    known = KnownCalendars()
    previous: dict[tuple[str, str], datetime] = {}
    for bar in sorted(bars, key=lambda bar: bar.key):
        kind = bar.instrument_key, bar.timeframe
        before = previous.get(kind) or _closed_before(bar)
        previous[kind] = bar.closes_at
        missing = _bars_between(bar, before, known)
        if before is not None and missing:
            gaps.append(
                Gap(
                    instrument_key=bar.instrument_key,
                    timeframe=bar.timeframe,
                    after=before,
                    until=bar.opened_at,
                    missing=missing,
                )
            )
    return gaps


def _bars_between(bar: NewBar, before: datetime | None, known: KnownCalendars) -> int:
    calendar = known.calendar_for(bar.instrument_key)
    if before is None or calendar is None or before >= bar.opened_at:
        return 0
    return count_expected(calendar, Timeframe(bar.timeframe), start=before, end=bar.opened_at)


def _closed_before(bar: NewBar) -> datetime | None:
    found = latest_bar(bar.instrument_key, bar.timeframe, as_of=bar.opened_at)
    return found.closes_at if found is not None else None


def rows_from(rows: object, name: str, refusal: type[BarRefused]) -> list[Any]:
    """Return what is to be a list of at least one row."""
    if not isinstance(rows, list) or not rows:
        raise refusal(f"{name}: a list of at least one.", field=name)
    return rows


def _made(
    rows: Sequence[Any],
    make: Callable[[Any], Made],
    name: str,
    refusal: type[TickRefused] | type[BarRefused],
) -> list[Made]:
    if len(rows) > settings.MARKET_ROWS_MAX:
        raise TooManyRows(
            f"{name}: {len(rows)} rows, and one request brings at most {settings.MARKET_ROWS_MAX}.",
            field=name,
        )
    made: list[Made] = []
    problems: list[dict[str, str]] = []
    for number, row in enumerate(rows, start=1):
        try:
            made.append(make(row) if isinstance(row, dict) else _no_object())
        except RowProblem as error:
            problems += [
                {"field": f"{name}.{number}.{field}", "message": f"row {number}: {field} {what}"}
                for field, what in error.problems
            ]
    if problems:
        raise refusal(
            f"Nothing was recorded: {problems[0]['message']}.",
            field=problems[0]["field"],
            errors=problems[:PROBLEMS_SHOWN],
            error_count=len(problems),
        )
    return made


def _no_object() -> Any:
    raise RowProblem([("row", "is no object")])
