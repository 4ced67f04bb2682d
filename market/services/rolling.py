"""Make the minute bars of ticks, and close them: when later ticks come, or when their time is over.

The market time of an instrument is that of its newest tick, and from there it goes on with the
clock. A bar closes when market time reaches its end and a grace after it, in which ticks that were
overtaken on their way still count. Its numbers are then read from the stored ticks, so they are the
same in whichever order these came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction

from market.announcements import announce
from market.bars import NewBar
from market.models import Bar, FormingBar, Instrument, KeptTimeframe
from market.services.bars import announce_revised, calendars_of, record_bars, record_history
from market.services.derived import close_by_clock
from market.shared_clock import not_ahead
from market.tick_bars import BASE, Trade, bars_of_trades
from market.tick_order import EARLIEST_FIRST
from market.ticks import NewTick

CLOSED_AT_ONCE = 200  # instruments of one transaction, when many bars are due by the clock

_BEGIN = """
    INSERT INTO market_formingbar (instrument_key, newest_at, heard_at)
    SELECT *, %s FROM unnest(%s::text[], %s::timestamptz[]) ON CONFLICT DO NOTHING
"""
_TRADES = f"""
    SELECT at, price, size, is_history FROM market_tick
    WHERE instrument_key = %s AND at >= %s AND at < %s AND flags = '{{}}' AND price IS NOT NULL
    ORDER BY {EARLIEST_FIRST}
"""
_NEXT_TRADE = """
    SELECT min(at) FROM market_tick
    WHERE instrument_key = %s AND at >= %s AND at <= %s AND flags = '{}' AND price IS NOT NULL
"""


@transaction.atomic
def roll_ticks(ticks: Sequence[NewTick], *, now: datetime) -> list[NewBar]:
    """Take in ticks that count, which are stored, and return the bars that they closed.

    Those are recorded and, but for history, announced. A tick of a closed bar changes nothing, and
    neither does one that comes twice.
    """
    by_key = {
        key: list(group)
        for key, group in groupby(
            sorted(ticks, key=lambda tick: tick.instrument_key), lambda tick: tick.instrument_key
        )
    }
    forming = _locked(by_key, now=now)
    for row in forming:
        _hear(row, by_key[row.instrument_key], now=now)
    return _close(forming, now=now)


@transaction.atomic
def close_due_bars(*, now: datetime) -> list[NewBar]:
    """Close the bars whose time is over by the clock, record and announce them, and return them.

    Longer bars that are made of them are closed by the clock too.

    An instrument whose ticks are coming in just now is left to whoever takes them in. Nothing is
    closed before its time by PostgreSQL's clock.
    """
    now = not_ahead(now)
    due = list(
        FormingBar.objects.filter(due_at__lte=now)
        .order_by("instrument_key")
        .values_list("instrument_key", flat=True)[:CLOSED_AT_ONCE]
    )
    # As whoever records ticks locks it: what a tick is judged by does not move under it.
    free = Instrument.objects.filter(pk__in=due).order_by("pk")
    keys = free.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    rows = FormingBar.objects.filter(pk__in=list(keys), due_at__lte=now)
    closed = _close(list(rows.order_by("pk").select_for_update(skip_locked=True)), now=now)
    return closed + _close_longer_bars(now=now)


# Those of which no shorter bar comes any more that would show that they are over.
def _close_longer_bars(*, now: datetime) -> list[NewBar]:
    due = KeptTimeframe.objects.filter(due_at__lte=now)
    keys = set(due.order_by().values_list("instrument_key", flat=True)[:CLOSED_AT_ONCE])
    if not keys:
        return []
    # Instruments before their rows, as whoever records bars takes them.
    calendars = calendars_of(keys)
    rows = due.filter(instrument_key__in=keys).order_by("pk").select_for_update(skip_locked=True)
    follows = close_by_clock(list(rows), calendars, now=now)
    transaction.on_commit(partial(announce, follows.made))
    announce_revised(follows.revised)
    return follows.made


def closed_until(keys: Collection[str]) -> dict[str, datetime]:
    """Return before which instant ticks are late, of the instruments of which that is known."""
    rows = FormingBar.objects.filter(pk__in=keys, closed_until__isnull=False)
    return {row.instrument_key: row.closed_until for row in rows if row.closed_until is not None}


def grace() -> timedelta:
    """Return how long after its end a bar waits for ticks that were overtaken."""
    return timedelta(seconds=settings.TICK_GRACE_SECONDS)


def _locked(ticks: dict[str, list[NewTick]], *, now: datetime) -> list[FormingBar]:
    newest = [max(tick.at for tick in group) for group in ticks.values()]
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [now, list(ticks), newest])
    # In the order of keys nobody waits in a ring.
    return list(FormingBar.objects.filter(pk__in=ticks).order_by("pk").select_for_update())


def _hear(row: FormingBar, ticks: Iterable[NewTick], *, now: datetime) -> None:
    for tick in ticks:
        if tick.at > row.newest_at:
            row.newest_at, row.heard_at = tick.at, now
        if tick.price is None or (row.closed_until is not None and tick.at < row.closed_until):
            continue
        opened_at = BASE.floor(tick.at)
        row.open_since = min(opened_at, row.open_since or opened_at)


def _close(rows: Sequence[FormingBar], *, now: datetime) -> list[NewBar]:
    closed = [bar for row in rows for bar in _advance(row, now=now)]
    FormingBar.objects.bulk_update(
        rows, ["newest_at", "heard_at", "closed_until", "open_since", "due_at"]
    )
    history = [bar for bar in closed if bar.is_history]
    if history:
        record_history(history, now=now)
    return history + record_bars([bar for bar in closed if not bar.is_history], now=now)


# Move on how far one instrument's bars are closed, and return those bars.
def _advance(row: FormingBar, *, now: datetime) -> list[NewBar]:
    until = BASE.floor(_market_time(row, now=now) - grace())
    closed: list[NewBar] = []
    if row.closed_until is None or until > row.closed_until:
        row.closed_until = until
        if row.open_since is not None and row.open_since < until:
            closed = _bars(row.instrument_key, row.open_since, until)
            row.open_since = _next_open(row)
    row.due_at = _due_at(row)
    return closed


# The newest tick moves it even when that came from the past; a clock that is ahead does not.
def _market_time(row: FormingBar, *, now: datetime) -> datetime:
    return min(row.newest_at + (now - row.heard_at), now)


def _due_at(row: FormingBar) -> datetime | None:
    if row.open_since is None:
        return None
    behind = max(row.heard_at - row.newest_at, timedelta())
    return BASE.closes_at(row.open_since) + grace() + behind


def _bars(key: str, since: datetime, until: datetime) -> list[NewBar]:
    with connection.cursor() as cursor:
        cursor.execute(_TRADES, [key, since, until])
        trades = [Trade(*row) for row in cursor.fetchall()]
    # A bar that was sent as a bar stands; ticks of its minute add nothing to it.
    recorded = set(
        Bar.objects.filter(
            instrument_key=key, timeframe=BASE.name, opened_at__gte=since, opened_at__lt=until
        ).values_list("opened_at", flat=True)
    )
    return [bar for bar in bars_of_trades(key, trades) if bar.opened_at not in recorded]


def _next_open(row: FormingBar) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_TRADE, [row.instrument_key, row.closed_until, row.newest_at])
        (at,) = cursor.fetchone()
    return BASE.floor(at) if at is not None else None
