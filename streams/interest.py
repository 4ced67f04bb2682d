"""Which public streams somebody follows, over all processes: nothing is published for nobody.

A process that serves sockets says every few seconds what its sockets follow. What is said no more
is forgotten, and what Redis forgets is said again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

WANTED = "signalhub:streams:wanted"
LEASE_SECONDS = 30.0
REPEAT_SECONDS = 10.0
# The time is Redis' own: those who say it and the one who asks may be on different machines.
WANT = """
local time = redis.call('TIME')
local until_then = time[1] + time[2] / 1e6 + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], until_then, ARGV[i]) end
"""
ASK = """
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] + time[2] / 1e6)
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
log = structlog.get_logger(__name__)


class Interest:
    """What the sockets of one process follow of the public streams."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._want = redis.register_script(WANT)
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
                    await self._want(keys=[WANTED], args=[LEASE_SECONDS, *ids])
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
        redis.register_script(WANT)(keys=[WANTED], args=[LEASE_SECONDS, *stream_ids])


def wanted(redis: Redis) -> set[int]:
    """Return the streams that somebody follows at the moment, and forget the others."""
    return {int(name) for name in redis.register_script(ASK)(keys=[WANTED])}
