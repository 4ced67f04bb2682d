"""Bars for paid plans, and three times as many one-time runs as the worker does: what became of it.

A bar sets off ten plans at once, as bars do. The same bars come first alone and then under load,
to the same worker, so that what is compared was measured by the same clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import redis
from django.conf import settings
from pytest_django import Settings

from accounts.models import Tier, User
from common.canonical import digest
from common.clock import utc_now
from execution import queue
from execution.models import Execution, ExecutionKind, ExecutionStatus, RunPriority
from execution.services import quotas
from execution.services.quotas import QueueFull
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.services.bars import record_bars
from registry.models import ScriptVersion
from tests.execution.conftest import session_bar
from tests.factories import make_entitlement, make_published_version
from tests.faults.flood import Load
from tests.flows.processes import wait_until

PLANS = 10
PERIOD = {"type": "object", "properties": {"period": {"type": "integer"}}}
MARKET = ("IBM", "1d")


@dataclass(frozen=True)
class World:
    """A script that is paid for, with its plans, and one that anybody runs."""

    paid: ScriptVersion
    common: ScriptVersion
    payer: User


def make_world(author: User, reviewer: User, payer: User, limits: Settings, *, room: int) -> World:
    """Publish two scripts and subscribe somebody who pays to ten plans of one."""
    many = 1_000_000
    payer.tier = Tier.objects.get(pk="premium")
    payer.save(update_fields=["tier"])
    Tier.objects.update(executions_waiting=many, executions_per_minute=many)
    limits.EXECUTION_QUEUE_MAX = room
    limits.SCRIPT_EXECUTIONS_PER_MINUTE = many
    paid = make_published_version(author, reviewer, name="Paid", manifest={"input_schema": PERIOD})
    make_entitlement(paid.script, payer)
    for period in range(PLANS):
        request = RunRequest(instrument_key="IBM", params={"period": period + 1})
        subscribe(paid.script, request, acting_user=payer, now=utc_now())
    return World(paid, make_published_version(author, reviewer, name="Common"), payer)


def bring_bars(
    days: Sequence[int], *, every: float = 0.0, before: Callable[[], None] = lambda: None
) -> list[Execution]:
    """Let bars come at even distances, with something before each, and return their runs."""
    due = time.monotonic()
    for day in days:
        due += every
        time.sleep(max(0.0, due - time.monotonic()))
        before()
        record_bars([session_bar(day)], now=utc_now())
        run_markets([MARKET], now=utc_now())
    opened = [session_bar(day).opened_at for day in days]
    ours = Execution.objects.filter(kind=ExecutionKind.REALTIME, bar_opened_at__in=opened)

    def are_done() -> bool:
        run_markets([MARKET], now=utc_now())  # what had no room while others were unfinished
        return ours.exclude(finished_at=None).count() == PLANS * len(days)

    wait_until(are_done, what="the runs of the bars", seconds=120)
    return list(ours.order_by("queued_at"))


def offer(version: ScriptVersion, load: Load, count: int) -> None:
    """Ask for runs, as many at once; those for which the door has room are let in."""
    load.offered += count
    script = version.script
    ceiling: int = settings.EXECUTION_QUEUE_MAX
    room = max(0, ceiling - pending())
    if room < count:
        try:
            quotas.require_room(script, user=script.owner)
        except QueueFull:
            room = 0
    now = utc_now()
    rows = Execution.objects.bulk_create(
        Execution(
            kind=ExecutionKind.ONETIME,
            version=version,
            user=script.owner,
            instrument_key="IBM",
            timeframe="1d",
            params_sha256=digest({}),
            as_of=now,
            created_at=now,
            queued_at=now,
        )
        for _ in range(min(count, room))
    )
    queue.hand_over((row.version_id, row.pk) for row in rows)
    load.let_in += len(rows)
    load.turned_away += count - len(rows)
    load.deepest = max(load.deepest, pending())


@contextmanager
def flooded(
    world: World, load: Load, *, per_second: float, environment: Mapping[str, str]
) -> Iterator[None]:
    """Have a process of its own ask for runs at a rate until the block ends; then count them."""
    limits = ("EXECUTION_QUEUE_MAX", "SCRIPT_EXECUTIONS_PER_MINUTE", "RATE_LIMITS_ENABLED")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.flood", str(world.common.pk), str(per_second)],
        env={**environment, **{name: str(getattr(settings, name)) for name in limits}},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield
    finally:
        said, _ = process.communicate(timeout=60)
    vars(load).update(json.loads(said))


class Memory:
    """How much a process and its children held at most, looked at once a second."""

    def __init__(self, pid: int) -> None:
        self.most_mb = memory_mb(pid)
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            self.most_mb = max(self.most_mb, memory_mb(self._pid))


def capacity(world: World, runs: int) -> float:
    """Return how many one-time runs a second the worker does when nothing else is to be done."""
    offer(world.common, Load(), runs)
    began = time.monotonic()
    wait_until(lambda: pending() == 0, what="the worker to be done", seconds=120)
    return runs / (time.monotonic() - began)


def waits(runs: Sequence[Execution]) -> list[float]:
    """Return how long each run waited for a worker, in seconds, the shortest first."""
    return sorted(
        (run.started_at - run.queued_at).total_seconds()
        for run in runs
        if run.started_at is not None and run.queued_at is not None
    )


def latencies(runs: Sequence[Execution]) -> list[float]:
    """Return how long after their bars the outputs of runs were there, the soonest first."""
    return sorted(
        (run.finished_at - run.queued_at).total_seconds()
        for run in runs
        if run.finished_at is not None and run.queued_at is not None
    )


def p99(in_order: Sequence[float]) -> float:
    """Return what all but a hundredth stay within."""
    return in_order[min(len(in_order) - 1, round(0.99 * len(in_order)))]


def let_go() -> int:
    """Return how many one-time runs were let in and are not waiting any more."""
    ours = Execution.objects.filter(kind=ExecutionKind.ONETIME)
    return ours.exclude(status=ExecutionStatus.PENDING).count()


def overtaken(run: Execution) -> int:
    """Return how many less urgent runs were started while a run waited."""
    return Execution.objects.filter(
        priority__gt=RunPriority.PAID, started_at__gt=run.queued_at, started_at__lt=run.started_at
    ).count()


def pending() -> int:
    """Return how many runs wait for a worker."""
    return Execution.objects.filter(status=ExecutionStatus.PENDING).count()


def memory_mb(process: int) -> float:
    """Return what a process and its children hold at this moment."""
    total = 0.0
    for pid in [process, *_children(process)]:
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):  # shared pages count once
                    total += int(line.split()[1]) / 1024
        except OSError:
            continue  # a guest that has just ended
    return total


def redis_mb(client: redis.Redis) -> float:
    """Return what Redis holds."""
    return float(client.info("memory")["used_memory"]) / 1024 / 1024


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found  # a guest that has just ended
    for task in tasks:
        try:
            direct = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in direct:
            found += [child, *_children(child)]
    return found
