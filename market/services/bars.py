"""Record closed bars: checked, once each, and announced when they are there to be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from common.errors import Conflict, InvalidInput
from market.announcements import announce
from market.bars import NewBar, problems_of
from market.models import Instrument
from market.queries import unknown_instrument

PROBLEMS_SHOWN = 20  # enough to see a pattern; a broken file has one on every row

_COLUMNS = "instrument_key, timeframe, opened_at, closes_at, open, high, low, close, volume"
_STAGE = "CREATE TEMPORARY TABLE staged_bar (LIKE market_bar) ON COMMIT DROP"
_COPY = f"COPY staged_bar ({_COLUMNS}) FROM STDIN"
_INSERT_STAGED = f"INSERT INTO market_bar ({_COLUMNS}) SELECT {_COLUMNS} FROM staged_bar"
_INSERT = (
    f"INSERT INTO market_bar ({_COLUMNS}) SELECT * FROM unnest(%s::text[], %s::text[], "
    "%s::timestamptz[], %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[], "
    "%s::float8[], %s::float8[])"
)
_ONCE = " ON CONFLICT DO NOTHING RETURNING instrument_key, timeframe, opened_at"
_STORED = """
    SELECT instrument_key, timeframe, opened_at, open, high, low, close, volume
    FROM market_bar JOIN unnest(%s::text[], %s::text[], %s::timestamptz[])
        AS wanted (instrument_key, timeframe, opened_at)
        USING (instrument_key, timeframe, opened_at)
"""

_Key = tuple[str, str, datetime]


class BarRefused(InvalidInput):
    """A bar contradicts itself."""

    code = "bar_refused"


class BarRevised(Conflict):
    """A recorded bar was sent again with other numbers; what is recorded stays as it is."""

    code = "bar_revised"


@transaction.atomic
def record_bars(bars: Sequence[NewBar], *, now: datetime) -> list[NewBar]:
    """Record closed bars, announce after commit those that are new, and return them.

    All or none: one bad bar refuses the call. A bar sent again with the same numbers is fine.

    Raises
    ------
    BarRefused
        A bar contradicts itself or is not closed; the message names the row, counted from 1.
    UnknownInstrument
        A bar's instrument is not known.
    BarRevised
        A bar is recorded, or sent twice here, with different numbers.
    """
    unique = _checked(bars, now=now)
    if not unique:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + _ONCE, _as_arrays(unique.values()))
        inserted = set(cursor.fetchall())
    new = _new_ones(unique, inserted)
    if new:
        transaction.on_commit(partial(announce, new))
    return new


@transaction.atomic
def record_history(bars: Sequence[NewBar], *, now: datetime) -> int:
    """Record many closed bars at COPY's speed, without announcing them; return how many are new.

    Checks and errors are those of ``record_bars``. History triggers no script.
    """
    unique = _checked(bars, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            for bar in unique.values():
                copy.write_row((*bar.key, bar.closes_at, *bar.values))
        cursor.execute(_INSERT_STAGED + _ONCE)
        inserted = set(cursor.fetchall())
        cursor.execute("DROP TABLE staged_bar")
    return len(_new_ones(unique, inserted))


def _checked(bars: Sequence[NewBar], *, now: datetime) -> dict[_Key, NewBar]:
    _refuse_contradictions(bars, now=now)
    unique: dict[_Key, NewBar] = {}
    for bar in bars:
        first = unique.setdefault(bar.key, bar)
        if first.values != bar.values:
            raise _revised([(bar, first.values)])
    _require_instruments({bar.instrument_key for bar in unique.values()})
    return unique


def _refuse_contradictions(bars: Iterable[NewBar], *, now: datetime) -> None:
    problems = [
        {"field": f"bars.{row}.{field}", "message": f"row {row} ({bar}): {field} {what}"}
        for row, bar in enumerate(bars, start=1)
        for field, what in problems_of(bar, now=now)
    ]
    if problems:
        raise BarRefused(
            f"Nothing was recorded: {problems[0]['message']}.",
            field=problems[0]["field"],
            errors=problems[:PROBLEMS_SHOWN],
            error_count=len(problems),
        )


def _require_instruments(keys: set[str]) -> None:
    known = set(Instrument.objects.filter(pk__in=keys).values_list("pk", flat=True))
    for key in sorted(keys - known):
        raise unknown_instrument(key)


def _new_ones(unique: dict[_Key, NewBar], inserted: set[_Key]) -> list[NewBar]:
    known = [bar for key, bar in unique.items() if key not in inserted]
    _refuse_revisions(known)
    return [bar for key, bar in unique.items() if key in inserted]


def _refuse_revisions(bars: Sequence[NewBar]) -> None:
    if not bars:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STORED, _as_arrays(bars)[:3])
        stored = {row[:3]: row[3:] for row in cursor.fetchall()}
    differing = [(bar, stored[bar.key]) for bar in bars if stored[bar.key] != bar.values]
    if differing:
        raise _revised(differing)


def _revised(differing: Sequence[tuple[NewBar, tuple[float, ...]]]) -> BarRevised:
    bar, recorded = differing[0]
    return BarRevised(
        f"Nothing was recorded: {bar} is recorded with other numbers (open, high, low, close, "
        f"volume: {', '.join(f'{number:g}' for number in recorded)}).",
        bars=[str(bar) for bar, _ in differing[:PROBLEMS_SHOWN]],
        bar_count=len(differing),
    )


def _as_arrays(bars: Iterable[NewBar]) -> list[list[object]]:
    rows = [(*bar.key, bar.closes_at, *bar.values) for bar in bars]
    return [list(column) for column in zip(*rows, strict=True)]
