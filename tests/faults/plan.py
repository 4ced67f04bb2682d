"""Which faults happen, and after how many acknowledged signals: the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One way in which a part of the platform fails."""

    WEB_KILLED = "web killed"
    RELAY_KILLED = "relay killed"
    WORKER_KILLED = "worker killed"
    POSTGRES_STOPPED = "PostgreSQL stopped at once"
    BACKEND_KILLED = "a session of PostgreSQL killed"
    REDIS_KILLED = "Redis killed"
    REDIS_FLUSHED = "Redis emptied"
    WEB_FROZEN = "web frozen"
    RELAY_FROZEN = "relay frozen"
    POSTGRES_FROZEN = "PostgreSQL frozen"
    SENDERS_RESET = "senders' connections reset"
    ANSWERS_LOST = "answers to senders lost"
    COMMITS_UNKNOWN = "answers to commits lost"
    POSTGRES_RESET = "connections to PostgreSQL reset"
    POSTGRES_SILENT = "connections to PostgreSQL half-open"
    POSTGRES_SLOW = "connections to PostgreSQL slow"
    REDIS_RESET = "connections to Redis reset"
    REDIS_SILENT = "connections to Redis half-open"


# Every kind at least once; most often what happens most often.
LONG_RUN = [
    *Fault,
    *(2 * [Fault.WEB_KILLED]),
    *(2 * [Fault.POSTGRES_STOPPED]),
    *(2 * [Fault.ANSWERS_LOST]),
    *(2 * [Fault.COMMITS_UNKNOWN]),
    Fault.RELAY_KILLED,
    Fault.REDIS_KILLED,
    Fault.REDIS_FLUSHED,
    Fault.SENDERS_RESET,
]
SHORT_RUN = [
    Fault.WEB_KILLED,
    Fault.POSTGRES_STOPPED,
    Fault.REDIS_FLUSHED,
    Fault.ANSWERS_LOST,
    Fault.COMMITS_UNKNOWN,
]


@dataclass(frozen=True)
class PlannedFault:
    """A fault, and the number of acknowledged signals after which it happens."""

    fault: Fault
    after: int


def make_plan(faults: list[Fault], *, signals: int, seed: int) -> list[PlannedFault]:
    """Return faults in an order of chance, spread over the first nine tenths of the signals.

    The rest of the signals is for what the last fault left behind.
    """
    chance = random.Random(seed)
    order = chance.sample(faults, len(faults))
    stretch = 0.9 * signals / len(order)
    return [
        PlannedFault(fault, after=round(stretch * (position + chance.uniform(0.1, 0.9))))
        for position, fault in enumerate(order)
    ]
