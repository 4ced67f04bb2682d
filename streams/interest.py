"""Which public streams somebody follows, over all processes: nothing is published for nobody.

A process that serves sockets says every few seconds what its sockets follow. What is said no more
is forgotten, and what Redis forgets is said again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

WANTED = "signalhub:streams:wanted"
LEASE_SECONDS = 30.0
REPEAT_SECONDS = 10.0
log = structlog.get_logger(__name__)


class Interest:
    """What the sockets of one process follow of the public streams."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._changed = asyncio.Event()

    def hurry(self) -> None:
        """Say it at once: there is a new follower."""
        self._changed.set()

    async def keep(self, followed: Callable[[], Collection[int]]) -> None:
        """Say which streams are followed, for good."""
        while True:
            self._changed.clear()
            if ids := followed():
                try:
                    await self._redis.zadd(WANTED, dict.fromkeys(map(str, ids), _lease()))
                except (RedisError, OSError) as error:
                    log.warning("interest_not_told", error=repr(error))
            try:
                async with asyncio.timeout(REPEAT_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue


def want(redis: Redis, stream_ids: Collection[int]) -> None:
    """Say that streams are followed elsewhere than over a socket; it holds for half a minute."""
    if stream_ids:
        redis.zadd(WANTED, dict.fromkeys(map(str, stream_ids), _lease()))


def wanted(redis: Redis) -> set[int]:
    """Return the streams that somebody follows at the moment, and forget the others."""
    now = time.time()
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zremrangebyscore(WANTED, "-inf", now)
        pipeline.zrange(WANTED, 0, -1)
        _, names = pipeline.execute()
    return {int(name) for name in names}


def _lease() -> float:
    return time.time() + LEASE_SECONDS
