"""What knowing bars as of an instant costs a read: against one that knows no corrections."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.db import connection, transaction

from bench.rows import BenchRow
from market import columns
from market.aggregation import VALUE_COLUMNS
from market.bars import NewBar
from market.models import Instrument
from market.queries import bars_between
from market.services.bars import record_history
from market.services.corrections import correct_bars

KEY, START = "BENCH.BARS", datetime(2025, 6, 2, tzinfo=UTC)
MINUTES, READ, CORRECTED = 20_000, 500, 200
MADE = READ  # bars of seven minutes
ROUNDS, READS = 40, 10
NOW = START + timedelta(days=60)

# The same read, of a table in which bars never change.
_PLAIN = f"""
    SELECT false, string_agg(timestamptz_send(opened_at), ''),
           {", ".join(f"string_agg(float8send({name}), '')" for name in VALUE_COLUMNS)}
    FROM (
        SELECT opened_at, {", ".join(VALUE_COLUMNS)} FROM market_bar
        WHERE instrument_key = %(key)s AND timeframe = %(timeframe)s
          AND opened_at > %(after)s AND opened_at < %(before)s AND closes_at <= %(as_of)s
        ORDER BY opened_at DESC LIMIT %(limit)s
    ) AS newest
"""


def rows() -> list[BenchRow]:
    """Measure reads of the newest bars, in a transaction that leaves nothing behind."""
    with transaction.atomic():
        try:
            bars = _prepare()
            untouched = _compare("read of 500 bars as of an instant, against one without", 1.1)
            made = _compare_made()
            correct_bars(
                [replace(bar, volume=bar.volume + 1) for bar in bars[-READ::2][:CORRECTED]],
                known_at=NOW - timedelta(days=1),
                reason="bench",
                acting_user=None,
                now=NOW,
            )
            corrected = _compare("the same beyond a correction of 200 of them", 3.0)
        finally:
            transaction.set_rollback(True)
    return [untouched, corrected, made]


def _prepare() -> list[NewBar]:
    Instrument.objects.create(
        key=KEY,
        name=KEY,
        kind="crypto",
        currency="USD",
        exchange="BENCH",
        timezone="UTC",
        created_at=NOW,
    )
    bars = [
        NewBar(
            instrument_key=KEY,
            timeframe="1m",
            opened_at=START + timedelta(minutes=number),
            open=1.0,
            high=2.0,
            low=1.0,
            close=2.0,
            volume=float(number),
        )
        for number in range(MINUTES)
    ]
    record_history(bars, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE market_bar")
    return bars


# One after the other in turns, so that whatever slows the machine slows both.
def _compare(name: str, goal: float) -> BenchRow:
    as_of = START + timedelta(minutes=MINUTES)
    plain, ours = [], []
    for _ in range(ROUNDS):
        plain.append(_milliseconds(lambda: _read_plainly(as_of)))
        ours.append(_milliseconds(lambda: _read(as_of, "1m", READ)))
    floor, value = min(plain), min(ours)
    return BenchRow(name=name, ratio=value / floor, goal=goal, floor=floor, value=value, unit="ms")


# Bars of seven minutes are not recorded: what making them adds to reading their minutes.
def _compare_made() -> BenchRow:
    as_of = START + timedelta(minutes=MINUTES)
    minutes, sevens = [], []
    for _ in range(ROUNDS // 2):
        minutes.append(_milliseconds(lambda: _read(as_of, "1m", MADE * 7) // 7))
        sevens.append(_milliseconds(lambda: _read(as_of, "7m", MADE)))
    floor, value = min(minutes), min(sevens)
    name = "read of 500 bars made of 3,500, against these"
    return BenchRow(name=name, ratio=value / floor, goal=5.0, floor=floor, value=value, unit="ms")


def _read(as_of: datetime, timeframe: str, limit: int) -> int:
    return len(bars_between(KEY, timeframe, as_of=as_of, limit=limit))


def _read_plainly(as_of: datetime) -> int:
    with mock.patch.object(columns, "_READ", _PLAIN):
        return _read(as_of, "1m", READ)


def _milliseconds(read: Callable[[], int]) -> float:
    began = time.perf_counter()
    for _ in range(READS):
        assert read() == READ
    return (time.perf_counter() - began) * 1000 / READS
