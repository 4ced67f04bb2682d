"""Record closed bars: checked, once each, and announced when they are there to be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from common.errors import Conflict, InvalidInput
from market.announcements import announce, announce_corrections
from market.bar_rows import Key, copy_bars, insert_bars, stored_bars
from market.bars import NewBar, in_session, problems_of
from market.calendars import Calendar, calendar_of
from market.queries import unknown_instrument
from market.services.changed_sources import change_sources
from market.services.derived import derive_bars
from market.services.hearing import hear

PROBLEMS_SHOWN = 20  # enough to see a pattern; a broken file has one on every row

# Shared, against whoever begins to keep a timeframe of these instruments meanwhile.
_INSTRUMENTS = """
    SELECT key, exchange FROM market_instrument WHERE key = ANY(%s) ORDER BY key FOR KEY SHARE
"""
_COME_LATE = """
    UPDATE market_bar AS b SET known_at = greatest(b.closes_at, l.known_at)
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS l (instrument_key, timeframe, opened_at, known_at)
    WHERE (b.instrument_key, b.timeframe, b.opened_at)
        = (l.instrument_key, l.timeframe, l.opened_at)
"""


class BarRefused(InvalidInput):
    """A bar contradicts itself."""

    code = "bar_refused"


class BarRevised(Conflict):
    """A recorded bar was sent again with other numbers; to change it, send a correction."""

    code = "bar_revised"


@transaction.atomic
def record_bars(bars: Sequence[NewBar], *, now: datetime) -> list[NewBar]:
    """Record closed bars, announce after commit those that are new, and return them.

    All or none: one bad bar refuses the call. A bar sent again with the same numbers is fine. One
    that comes after later ones of its timeframe is known from now on, in market time. Longer bars
    that these complete are recorded and announced with them.

    Raises
    ------
    BarRefused
        A bar contradicts itself or is not closed; the message names the row, counted from 1.
    UnknownInstrument
        A bar's instrument is not known.
    BarRevised
        A bar is recorded, or sent twice here, with different numbers.
    """
    calendars = calendars_of({bar.instrument_key for bar in bars})
    unique = _checked(bars, calendars, now=now)
    new = _new_ones(unique, insert_bars(list(unique.values())))
    if not new:
        return []
    late = hear(new, now=now)
    follows = change_sources(new, calendars, now=now)
    late |= follows.late
    follows.add(derive_bars([*new, *follows.made], calendars, now=now, late=late))
    _note_late(new, follows.late)
    transaction.on_commit(partial(announce, [*new, *follows.made]))
    announce_revised(follows.revised)
    return new


@transaction.atomic
def record_history(bars: Sequence[NewBar], *, now: datetime) -> int:
    """Record many closed bars at COPY's speed, without announcing them; return how many are new.

    Checks and errors are those of ``record_bars``. History is marked as such, with the longer bars
    that are made of nothing else: no script runs for it. It was known when it closed.
    """
    calendars = calendars_of({bar.instrument_key for bar in bars})
    unique = _checked(bars, calendars, now=now)
    marked = {key: replace(bar, is_history=True) for key, bar in unique.items()}
    new = _new_ones(marked, copy_bars(marked.values()))
    change_sources(new, calendars, now=now, is_history=True)
    follows = derive_bars(new, calendars, now=now, is_history=True)
    announce_revised(follows.revised)
    return len(new)


def calendars_of(keys: Collection[str]) -> dict[str, Calendar]:
    """Return the calendars of instruments, which are held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTRUMENTS, [list(keys)])
        return {key: calendar_of(exchange) for key, exchange in cursor.fetchall()}


def announce_revised(bars: Sequence[NewBar]) -> None:
    """Announce after commit that recorded bars have other numbers now."""
    if bars:
        transaction.on_commit(partial(announce_corrections, bars))


def refuse_contradictions(
    bars: Iterable[NewBar], calendars: Mapping[str, Calendar], *, now: datetime
) -> None:
    """Raise BarRefused for bars that contradict themselves, or are of no instrument."""
    bars = list(bars)
    problems = [
        {"field": f"bars.{row}.{field}", "message": f"row {row} ({bar}): {field} {what}"}
        for row, bar in enumerate(bars, start=1)
        for field, what in problems_of(bar, now=now, calendar=calendars.get(bar.instrument_key))
    ]
    if problems:
        raise BarRefused(
            f"Nothing was recorded: {problems[0]['message']}.",
            field=problems[0]["field"],
            errors=problems[:PROBLEMS_SHOWN],
            error_count=len(problems),
        )
    for key in sorted({bar.instrument_key for bar in bars} - calendars.keys()):
        raise unknown_instrument(key)


def _checked(
    bars: Sequence[NewBar], calendars: Mapping[str, Calendar], *, now: datetime
) -> dict[Key, NewBar]:
    refuse_contradictions(bars, calendars, now=now)
    unique: dict[Key, NewBar] = {}
    for bar in bars:
        first = unique.setdefault(bar.key, bar)
        if first.values != bar.values:
            raise _revised([(bar, first.values)])
    return {key: in_session(bar, calendars[bar.instrument_key]) for key, bar in unique.items()}


def _new_ones(unique: dict[Key, NewBar], inserted: set[Key]) -> list[NewBar]:
    known = {key: bar for key, bar in unique.items() if key not in inserted}
    stored = stored_bars(list(known))
    differing = [
        (bar, stored[key].values) for key, bar in known.items() if stored[key].values != bar.values
    ]
    if differing:
        raise _revised(differing)
    return [bar for key, bar in unique.items() if key in inserted]


def _revised(differing: Sequence[tuple[NewBar, tuple[float, ...]]]) -> BarRevised:
    bar, recorded = differing[0]
    return BarRevised(
        f"Nothing was recorded: {bar} is recorded with other numbers (open, high, low, close, "
        f"volume: {', '.join(f'{number:g}' for number in recorded)}). If those are wrong, send "
        "these as a correction.",
        bars=[str(bar) for bar, _ in differing[:PROBLEMS_SHOWN]],
        bar_count=len(differing),
    )


def _note_late(bars: Sequence[NewBar], late: Mapping[Key, datetime]) -> None:
    rows = [(*bar.key, late[bar.key]) for bar in bars if bar.key in late]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_COME_LATE, [list(column) for column in zip(*rows, strict=True)])
