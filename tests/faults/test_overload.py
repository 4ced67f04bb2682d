"""Three times more is asked for than a worker does: what is paid for hardly notices."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django_q.brokers import get_broker
from pytest_django import Settings

from accounts.models import User
from common.clock import utc_now
from execution.models import ExecutionStatus
from execution.queue import CHUNK
from market.models import Instrument
from market.services.bars import record_bars
from tests.execution.conftest import session_bar
from tests.execution.queue_worker import working
from tests.faults.flood import Load
from tests.faults.overload import (
    PLANS,
    Memory,
    bring_bars,
    capacity,
    flooded,
    latencies,
    let_go,
    make_world,
    offer,
    overtaken,
    p99,
    redis_mb,
    waits,
)
from tests.flows.processes import running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sandbox]

OVERLOAD = 3
ROOM = 500
BARS, BAR_SECONDS = 120, 0.25  # so many that the slowest hundredth is more than one of them


@pytest.fixture(autouse=True)
def market(db: None) -> None:
    """Have a share with a bar, and an empty queue."""
    get_broker().purge_queue()
    Instrument.objects.create(
        key="IBM",
        name="IBM",
        kind="equity",
        currency="USD",
        exchange="NYSE",
        timezone="America/New_York",
        created_at=utc_now(),
    )
    record_bars([session_bar(2)], now=utc_now())


def test_of_what_is_less_urgent_hardly_a_batch_goes_before_a_paid_run(
    ada: User, rita: User, sam: User, limits_on: None, settings: Settings
) -> None:
    world = make_world(ada, rita, sam, settings, room=60)
    load = Load()

    with working():
        runs = bring_bars(range(3, 7), before=lambda: offer(world.common, load, 100))

    assert {run.status for run in runs} == {ExecutionStatus.COMPLETED}
    # One that was in hand when the bar came, and one that began while its plans were made.
    assert max(overtaken(run) for run in runs) <= 2 * CHUNK
    # Of each hundred no more come in than there are places, however many of them are free.
    assert load.turned_away >= 4 * (100 - 60)
    assert load.deepest <= 60 + 4 * PLANS


@pytest.mark.faults
def test_at_three_times_its_load_paid_outputs_come_at_most_twice_as_late(
    ada: User,
    rita: User,
    sam: User,
    limits_on: None,
    redis_client: Any,
    settings: Settings,
    tmp_path: Path,
) -> None:
    world = make_world(ada, rita, sam, settings, room=ROOM)
    alone_for, loaded_for = range(3, 3 + BARS), range(3 + BARS, 3 + 2 * BARS)
    with running(tmp_path, "worker") as platform:
        load = Load()
        capacity(world, runs=100)  # what it does first takes longer
        rate = capacity(world, runs=400)
        alone = bring_bars(alone_for, every=BAR_SECONDS)
        memory, held_in_redis = Memory(platform.processes["worker"].pid), redis_mb(redis_client)
        held_mb, done_before = memory.most_mb, let_go()
        flood = flooded(world, load, per_second=OVERLOAD * rate, environment=platform.environment())
        with memory, flood:
            under_load = bring_bars(loaded_for, every=BAR_SECONDS)
        let_go_meanwhile = let_go() - done_before
        grown_in_redis = redis_mb(redis_client) - held_in_redis

    unloaded, loaded = latencies(alone), latencies(under_load)
    waited, waited_loaded = waits(alone), waits(under_load)
    print(
        f"\n{rate:.0f} runs/s; offered {load.offered}, let in {load.let_in}, turned away "
        f"{load.turned_away}, let go {let_go_meanwhile}; paid, from bar to output, p99 "
        f"{1000 * p99(unloaded):.0f} ms alone, {1000 * p99(loaded):.0f} ms under load (medians "
        f"{1000 * median(unloaded):.0f} and {1000 * median(loaded):.0f}); of it waiting, p99 "
        f"{1000 * p99(waited):.0f} and {1000 * p99(waited_loaded):.0f} ms (medians "
        f"{1000 * median(waited):.0f} and {1000 * median(waited_loaded):.0f}); at most "
        f"{load.deepest} waited; memory {held_mb:.0f} -> {memory.most_mb:.0f} MB, "
        f"Redis {grown_in_redis:+.1f} MB"
    )
    assert {run.status for run in [*alone, *under_load]} == {ExecutionStatus.COMPLETED}
    assert max(overtaken(run) for run in under_load) <= 2 * CHUNK  # with the turn of the oldest
    assert p99(loaded) <= 2 * p99(unloaded)
    # Nobody is let in but to a place that is free, and so all are turned away that are too many:
    # of three times the load about two thirds.
    assert load.let_in <= ROOM + let_go_meanwhile
    assert load.turned_away >= load.offered - ROOM - let_go_meanwhile > 0
    assert load.deepest <= ROOM + BARS * PLANS
    assert memory.most_mb - held_mb < 64
    assert grown_in_redis < 16
