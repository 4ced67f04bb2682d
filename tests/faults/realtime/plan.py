"""What breaks while ticks come in: every process of the realtime path, and every server."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One way in which a part of the platform fails."""

    WORKER_KILLED = "worker killed"
    WORKER_FROZEN = "worker frozen"
    OTHER_WORKER_KILLED = "other worker killed"
    OTHER_WORKER_FROZEN = "other worker frozen"
    CLUSTER_KILLED = "queue's cluster killed"
    SENTINEL_KILLED = "queue's sentinel killed"
    FIRST_CHILD_KILLED = "queue's first child killed"
    SECOND_CHILD_KILLED = "queue's second child killed"
    THIRD_CHILD_KILLED = "queue's third child killed"
    REALTIME_KILLED = "realtime killed"
    REALTIME_FROZEN = "realtime frozen"
    OTHER_REALTIME_KILLED = "other realtime killed"
    OTHER_REALTIME_FROZEN = "other realtime frozen"
    RELAY_KILLED = "relay killed"
    RELAY_FROZEN = "relay frozen"
    LIVE_KILLED = "live killed"
    LIVE_FROZEN = "live frozen"
    REDIS_KILLED = "Redis killed"
    REDIS_FLUSHED = "Redis emptied"
    POSTGRES_STOPPED = "PostgreSQL stopped at once"
    STORE_UNAVAILABLE = "object store answers 503 to a new worker"


LONG_RUN = list(Fault)
SHORT_RUN = [
    Fault.REALTIME_KILLED,
    Fault.FIRST_CHILD_KILLED,
    Fault.REDIS_FLUSHED,
    Fault.POSTGRES_STOPPED,
]


@dataclass(frozen=True)
class PlannedFault:
    """A fault, and after how many ticks it happens."""

    fault: Fault
    after: int


def make_plan(faults: list[Fault], *, ticks: int, seed: int) -> list[PlannedFault]:
    """Return faults in an order of chance, spread over the first nine tenths of the ticks."""
    chance = random.Random(seed)
    stretch = 0.9 * ticks / len(faults)
    return [
        PlannedFault(fault, after=round(stretch * (position + chance.uniform(0.2, 0.8))))
        for position, fault in enumerate(chance.sample(faults, len(faults)))
    ]
