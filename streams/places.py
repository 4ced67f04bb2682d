"""How many sockets a user has open at once, over all processes.

Each socket is an entry in a sorted set of its user's, which its process renews while it lives:
what a killed process held is free again after one lease. While Redis does not answer, each
process counts its own sockets; its next renewal writes them down again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from uuid import uuid4

import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common import door_counts
from common.errors import RateLimited
from streams import cache

ANSWER_SECONDS = 0.5
# The time is Redis' own, so that processes whose clocks differ still agree.
TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
RENEW = """
local now = tonumber(redis.call('TIME')[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
log = structlog.get_logger(__name__)


class TooManyConnections(RateLimited):
    """You have as many connections open as your tier allows; close one, or wait a little."""

    code = "too_many_connections"


class Places:
    """The sockets of this process that count against their users' connections."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._renew = redis.register_script(RENEW)
        self._mine: defaultdict[int, set[str]] = defaultdict(set)

    async def take(self, user_id: int, *, allowed: int) -> str:
        """Return the name of a place for one more socket of a user, or raise TooManyConnections."""
        place = uuid4().hex
        if not await self._is_free(user_id, place, allowed):
            door_counts.add("limited", "connections")
            raise TooManyConnections(
                allowed=allowed, retry_after_seconds=settings.SOCKET_LEASE_SECONDS
            )
        self._mine[user_id].add(place)
        return place

    async def give_back(self, user_id: int, place: str) -> None:
        """Free a place; when Redis does not hear of it, its lease runs out."""
        self._mine[user_id].discard(place)
        if not self._mine[user_id]:
            del self._mine[user_id]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._redis.zrem(name_of(user_id), place)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("place_not_given_back", error=repr(error))

    async def keep(self) -> None:
        """Renew the leases of all places, for good."""
        while True:
            await asyncio.sleep(settings.SOCKET_LEASE_SECONDS / 3)
            for user_id, places in [(user, tuple(held)) for user, held in self._mine.items()]:
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        lease = str(settings.SOCKET_LEASE_SECONDS)
                        await self._renew(keys=[name_of(user_id)], args=[lease, *places])
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("places_not_renewed", error=repr(error))
                    break

    async def _is_free(self, user_id: int, place: str, allowed: int) -> bool:
        arguments: list[str | int] = [allowed, settings.SOCKET_LEASE_SECONDS, place]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return bool(await self._take(keys=[name_of(user_id)], args=arguments))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("places_counted_alone", error=repr(error))
            door_counts.add("limits_counted_alone")
            return len(self._mine[user_id]) < allowed


def name_of(user_id: int) -> str:
    """Return the name under which a user's open sockets are kept."""
    return f"signalhub:sockets:{user_id}"


def open_sockets_of(user_id: int) -> int | None:
    """Return how many sockets a user has open, or None when nobody can say at the moment."""
    try:
        with cache.connect(settings.REDIS_URL) as client:
            now = int(client.time()[0])
            return int(client.zcount(name_of(user_id), f"({now}", "+inf"))
    except RedisError:
        return None
