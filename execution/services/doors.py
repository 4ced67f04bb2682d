"""What the doors of every process count, told to Redis for whoever operates them."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import redis
import structlog
from django.conf import settings

from common import door_counts
from common.rate_limits import connections_to
from execution.scheduling.backpressure import Load

KEY = "signalhub:doors"
PUBLISH_SECONDS = 2.0
FORGOTTEN_SECONDS = 900
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What one process counted since it started, and the load that it saw last."""

    process: str
    told_at: float
    load: float
    cause: str
    counts: Mapping[tuple[str, str], int]


class _Published:
    at = 0.0


def publish(load: Load, *, every_seconds: float = PUBLISH_SECONDS) -> None:
    """Tell Redis what this process counted, now and then; that it is away changes nothing."""
    now = time.time()
    if now - _Published.at < every_seconds:
        return
    _Published.at = now
    counts = [[event, what, n] for (event, what), n in door_counts.current().items()]
    told = {"at": now, "load": load.value, "cause": load.cause, "counts": counts}
    try:
        client = _client(settings.REDIS_URL)
        client.hset(KEY, f"{socket.gethostname()}:{os.getpid()}", json.dumps(told))
        client.expire(KEY, FORGOTTEN_SECONDS)
    except (redis.RedisError, OSError) as error:
        log.warning("doors_not_published", error=str(error))


def known() -> list[Doors]:
    """Return what every process that was heard of lately counted."""
    client = _client(settings.REDIS_URL)
    told = {str(name): json.loads(text) for name, text in client.hgetall(KEY).items()}
    oldest = time.time() - FORGOTTEN_SECONDS
    if gone := [name for name, found in told.items() if found["at"] < oldest]:
        client.hdel(KEY, *gone)
    return [_read(name, found) for name, found in sorted(told.items()) if name not in gone]


def total(doors: Iterable[Doors], event: str) -> dict[str, int]:
    """Return how often something happened in all processes together, by what it was about."""
    found: dict[str, int] = {}
    for one in doors:
        for (name, what), count in one.counts.items():
            if name == event:
                found[what] = found.get(what, 0) + count
    return found


def _read(name: str, found: Mapping[str, object]) -> Doors:
    counts = found["counts"]
    if not isinstance(counts, list):
        raise TypeError(f"{KEY} of {name} holds no counts")
    return Doors(
        process=name,
        told_at=float(str(found["at"])),
        load=float(str(found["load"])),
        cause=str(found["cause"]),
        counts={(event, what): n for event, what, n in counts},
    )


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=connections_to(url, decode_responses=True))
