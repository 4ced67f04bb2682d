"""Which realtime process looks after which shards: decided by who shows signs of life in Redis.

Every process computes the same answer from the same list. For the moment in which two of them have
read different lists, a shard has two owners or, until the next sign of life, one that has just
gone: its events wait in their stream and its bars in their table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import redis
import structlog
from django.conf import settings

from common.hash_ring import Ring

MEMBERS = "market:events:members"
# By the server's clock: those of the processes may differ.
BEAT = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
log = structlog.get_logger(__name__)


class Membership:
    """The place of one process among those that share the shards."""

    def __init__(
        self,
        client: redis.Redis,
        name: str,
        shards: Collection[int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.owned: frozenset[int] = frozenset()
        self._shards = frozenset(shards)
        self._clock = clock
        self._beat_at = float("-inf")
        self._members: frozenset[str] = frozenset()
        self._client = client
        self._beat = client.register_script(BEAT)

    def renew(self) -> frozenset[int]:
        """Show a sign of life when it is time to; return the shards that are new to this member."""
        if self._clock() - self._beat_at < settings.REALTIME_BEAT_SECONDS:
            return frozenset()
        found = self._beat(keys=[MEMBERS], args=[self.name, settings.REALTIME_MEMBER_SECONDS])
        self._beat_at = self._clock()
        return self._rebalance(frozenset(map(str, found)))

    def own_all(self) -> frozenset[int]:
        """Take every shard, because nobody can say who else is there; return those new to it."""
        self._beat_at = float("-inf")
        return self._rebalance(frozenset({self.name}))

    def leave(self) -> None:
        """Leave the shards to the others at once."""
        self._client.zrem(MEMBERS, self.name)
        log.info("realtime_member_left", member=self.name)

    def _rebalance(self, members: frozenset[str]) -> frozenset[int]:
        if members == self._members:
            return frozenset()
        ring = Ring(members)
        before, self._members = self.owned, members
        self.owned = frozenset(s for s in self._shards if ring.node_of(f"shard-{s}") == self.name)
        log.info(
            "realtime_rebalanced",
            member=self.name,
            members=sorted(members),
            owns=sorted(self.owned),
            gained=len(self.owned - before),
            lost=len(before - self.owned),
        )
        return self.owned - before
