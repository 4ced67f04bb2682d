"""What the processes that run scripts came to since they started, for whoever operates them.

Each process tells Redis its own counters; what has not been heard of for a while is gone.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import redis
import structlog

from execution import queue
from execution.sandbox import totals as sandbox_totals
from execution.sandbox.totals import SUMMED, Totals

log = structlog.get_logger(__name__)

PROCESSES = "signalhub:sandbox:processes"  # by when each was last heard of
TTL_SECONDS = 900  # an idle process is heard of with every canary that it answers


@dataclass(frozen=True, kw_only=True)
class ProcessTotals:
    """The counters of one process on one machine."""

    machine: str
    process: str
    totals: Totals


def publish() -> None:
    """Tell Redis this process's totals; that it is away ends no run."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    now = time.time()
    try:
        with queue.connect() as client:
            pipeline = client.pipeline()
            content = json.dumps(asdict(sandbox_totals.current()))
            pipeline.set(_key(name), content, ex=TTL_SECONDS)
            pipeline.zadd(PROCESSES, {name: now})
            pipeline.zremrangebyscore(PROCESSES, 0, now - TTL_SECONDS)
            pipeline.expire(PROCESSES, TTL_SECONDS)
            pipeline.execute()
    except redis.RedisError as error:
        log.warning("totals_not_published", error=str(error))


def known() -> list[ProcessTotals]:
    """Return the newest totals of every process that was heard of lately, by machine."""
    with queue.connect() as client:
        names = sorted(client.zrange(PROCESSES, 0, -1))
        contents = client.mget([_key(name) for name in names]) if names else []
    return [
        _read(name, json.loads(content))
        for name, content in zip(names, contents, strict=True)
        if content is not None
    ]


def added_up(totals: Iterable[Totals]) -> Totals:
    """Return the sum of several processes' totals, since the first of them started."""
    all_of_them = list(totals)
    runs: Counter[str] = Counter()
    for one in all_of_them:
        runs.update(one.runs)
    return Totals(
        started_at=min((one.started_at for one in all_of_them), default=0.0),
        runs=dict(runs),
        **{name: sum(getattr(one, name) for one in all_of_them) for name in SUMMED},
    )


def by_machine(processes: Iterable[ProcessTotals]) -> dict[str, Totals]:
    """Return what each machine's processes came to together."""
    found: dict[str, list[Totals]] = {}
    for one in processes:
        found.setdefault(one.machine, []).append(one.totals)
    return {machine: added_up(totals) for machine, totals in sorted(found.items())}


def _read(name: str, content: dict[str, Any]) -> ProcessTotals:
    machine, _, process = name.rpartition(":")
    return ProcessTotals(machine=machine, process=process, totals=Totals(**content))


def _key(name: str) -> str:
    return f"signalhub:sandbox:totals:{name}"
