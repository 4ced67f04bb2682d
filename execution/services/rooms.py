"""How full each web process is, told to Redis: the fullest one counts for more machines."""

from __future__ import annotations

import os
import socket
import time
from functools import lru_cache

import redis
import structlog
from django.conf import settings

from common.rate_limits import connections_to

KEY = "signalhub:rooms"
PUBLISH_SECONDS = 2.0
FRESH_SECONDS = 10.0  # who is asked for nothing says nothing, and is not full
FORGOTTEN_SECONDS = 900
log = structlog.get_logger(__name__)


class _Published:
    at = float("-inf")


def is_due() -> bool:
    """Tell whether this process is to say how full it is; whoever is told so does it."""
    now = time.monotonic()
    if now - _Published.at < PUBLISH_SECONDS:
        return False
    _Published.at = now
    return True


def publish(share: float) -> None:
    """Tell Redis which share of this process's room is taken; that it is away changes nothing."""
    try:
        client = _client(settings.REDIS_URL)
        client.hset(KEY, f"{socket.gethostname()}:{os.getpid()}", f"{time.time():.3f} {share:.4f}")
        client.expire(KEY, FORGOTTEN_SECONDS)
    except (redis.RedisError, OSError) as error:
        log.warning("room_not_published", error=str(error))


def worst_share() -> float:
    """Return the share of the fullest web process, from 0 to 1, of those heard of just now."""
    client = _client(settings.REDIS_URL)
    told = {str(name): str(text).split() for name, text in client.hgetall(KEY).items()}
    now = time.time()
    if gone := [name for name, (at, _) in told.items() if now - float(at) > FORGOTTEN_SECONDS]:
        client.hdel(KEY, *gone)
    fresh = (float(share) for at, share in told.values() if now - float(at) <= FRESH_SECONDS)
    return max(fresh, default=0.0)


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=connections_to(url, decode_responses=True))
