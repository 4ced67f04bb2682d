"""Several processes that take in ticks of one instrument make each bar once, of all its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from market.models import Bar, Instrument, Tick
from market.services.keeping import keep_timeframe
from market.services.rolling import close_due_bars
from market.services.ticks import record_ticks
from market.ticks import NewTick
from tests.flows.processes import wait_until
from tests.market.oracle import make_coin, recorded
from tests.market.test_rolling import resampled
from tests.market.trades import walk

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES = 4
WAITING_FOR_A_ROW = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def test_processes_that_roll_one_instrument_do_not_lose_or_repeat_a_tick() -> None:
    make_coin()
    ticks = walk(600, key="BTC", step=0.9)
    keep_timeframe("BTC", "2m", now=ticks[0].at)
    # Each takes every fourth batch, and all of them send the first batches again.
    batches = [ticks[start : start + 10] for start in range(0, len(ticks), 10)]

    def work(number: int) -> None:
        try:
            for batch in batches[number::PROCESSES] + batches[:3]:
                _take_in(batch)
                close_due_bars(now=batch[-1].at)
        finally:
            connection.close()

    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(work, range(PROCESSES)))
    close_due_bars(now=ticks[-1].at + timedelta(minutes=3))

    counted = Tick.objects.filter(flags=[])
    assert Tick.objects.count() == len(ticks)
    used = dict.fromkeys(counted.values_list("event_id", flat=True))
    expected = resampled([tick for tick in ticks if tick.event_id in used])
    found = recorded("BTC", "1m")
    assert found.keys() == expected.keys()
    for name, values in found.items():
        assert values[:4] == expected[name][:4]
        assert values[4] == pytest.approx(expected[name][4], rel=1e-12)
    # What was made of the minutes while they came is what they make now.
    for bar in Bar.objects.filter(timeframe="2m"):
        inside = [v for at, v in found.items() if bar.opened_at <= at < bar.closes_at]
        assert bar.volume == pytest.approx(sum(values[4] for values in inside), rel=1e-12)
        assert bar.missing == 2 - len(inside)


def test_batches_that_name_the_same_instruments_in_another_order_do_not_wait_for_each_other() -> (
    None
):
    for key in ("SOL", "ETH", "BTC"):  # the table has them in the order of nobody's keys
        make_coin(key)
    first = [tick for key in ("BTC", "ETH", "SOL") for tick in walk(5, key=key, step=0.9)]
    second = [tick for key in ("SOL", "BTC", "ETH") for tick in walk(9, key=key, step=0.7)]

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            _lock("BTC")
            taking = [_submit(pool, first, waiting=1), _submit(pool, second, waiting=2)]
            # Both wait for the same row, the first by its key, and hold no other.
            assert _lock("ETH", "SOL") == ["ETH", "SOL"]
        for one in taking:
            one.result(timeout=30)

    # Those of the second that say something else under a name of the first are kept as well.
    assert Tick.objects.count() == len(first) + len(second)


def _submit(pool: ThreadPoolExecutor, batch: Sequence[NewTick], *, waiting: int) -> Future[None]:
    """Take in a batch in another thread, and return when so many wait for a row."""

    def work() -> None:
        try:
            _take_in(batch)
        finally:
            connection.close()

    taking = pool.submit(work)
    wait_until(lambda: _count_waiting() == waiting, what="the other to wait", seconds=30)
    return taking


def _count_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction looks only once otherwise
        cursor.execute(WAITING_FOR_A_ROW)
        return int(cursor.fetchone()[0])


def _lock(*keys: str) -> list[str]:
    """Lock those of some instruments that nobody has locked."""
    rows = Instrument.objects.select_for_update(no_key=True, skip_locked=True)
    return sorted(rows.filter(pk__in=keys).values_list("pk", flat=True))


def _take_in(batch: Sequence[NewTick]) -> None:
    record_ticks(batch, now=max(tick.at for tick in batch))
