"""Several processes that take in ticks of one instrument make each bar once, of all its ticks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from market.models import Bar, Tick
from market.services.keeping import keep_timeframe
from market.services.rolling import close_due_bars
from market.services.ticks import record_ticks
from market.ticks import NewTick
from tests.market.oracle import make_coin, recorded
from tests.market.test_rolling import resampled
from tests.market.trades import walk

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES = 4


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


def _take_in(batch: list[NewTick]) -> None:
    record_ticks(batch, now=batch[-1].at)
