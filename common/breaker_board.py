"""What all processes know of the breakers together, in Redis, by Redis's clock.

A failure is written down at once, a success only when there is something to be taken back, so a
call that goes well costs one reading a second. Whoever asks while Redis is away gets BoardAway.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import redis
from django.conf import settings

from common.breaker_rule import BreakerLimits
from common.rate_limits import connections_to

T = TypeVar("T")
NAMES = "signalhub:breakers"  # by when each was last heard of
PREFIX = "signalhub:breaker:"
FORGOTTEN_SECONDS = 24 * 3600
BELIEVED_SECONDS = 1.0
LEFT_ALONE_SECONDS = 2.0  # after Redis did not answer
ERROR_MAX_LENGTH = 200

_NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"
# -> 1 when it is a probe, 0 when all is well, else minus the seconds that are left.
_ADMIT = (
    _NOW
    + """
local opened = tonumber(redis.call('HGET', KEYS[1], 'opened_at'))
if not opened then return 0 end
local open_for, probes = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = opened + open_for - now
if left > 0 then return -math.max(1, math.ceil(left)) end
local begun = tonumber(redis.call('HGET', KEYS[1], 'begun')) or 0
if now - opened >= 2 * open_for then
    begun = tonumber(redis.call('HGET', KEYS[1], 'passed')) or 0
end
if begun >= probes then return -1 end
redis.call('HSET', KEYS[1], 'begun', begun + 1)
return 1
"""
)
_FAILED = (
    _NOW
    + """
local probe, anew, too_many = ARGV[1] == '1', ARGV[2] == '1', ARGV[3] == '1'
local opened = redis.call('HGET', KEYS[1], 'opened_at')
if opened and not probe then return 0 end
redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSET', KEYS[1], 'error', ARGV[5], 'who', ARGV[6], 'failed_at', now, 'open_for', ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[8])
local row = 1
if not anew then row = (tonumber(redis.call('HGET', KEYS[1], 'in_a_row')) or 0) + 1 end
redis.call('HSET', KEYS[1], 'in_a_row', row)
if not (probe or too_many or row >= tonumber(ARGV[4])) then return 0 end
if not opened then redis.call('HSET', KEYS[1], 'since', now) end
redis.call('HSET', KEYS[1], 'opened_at', now, 'begun', 0, 'passed', 0)
redis.call('HINCRBY', KEYS[1], 'openings', 1)
return 1
"""
)
_PASSED = (
    _NOW
    + """
if not redis.call('HGET', KEYS[1], 'opened_at') then
    redis.call('HDEL', KEYS[1], 'in_a_row')
    return 0
end
if ARGV[1] ~= '1' then return 0 end
if redis.call('HINCRBY', KEYS[1], 'passed', 1) < tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], 'opened_at', 'in_a_row', 'begun', 'passed')
redis.call('HSET', KEYS[1], 'since', now)
return 1
"""
)


class BoardAway(Exception):
    """Redis does not answer: each process decides alone."""


@dataclass
class _Seen:
    at: float
    opened: bool
    in_a_row: bool


@dataclass
class Board:
    """One process's view of what all of them know."""

    connect: Callable[[], redis.Redis]
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _away_until: float = 0.0

    def admit(self, name: str, limits: BreakerLimits) -> int:
        """Return 1 for a probe, 0 for a call as usual, or minus the seconds to wait."""
        if not self._look(name).opened:
            return 0
        found = self._ask(_ADMIT, name, limits.open_seconds, limits.probes)
        if found == 0:
            self._seen.pop(name, None)
        return found

    def failed(
        self, name: str, limits: BreakerLimits, *, probe: bool, anew: bool, too_many: bool, why: str
    ) -> None:
        """Write down a failure; ``anew``: this process had a success since its last one."""
        flags = [int(flag) for flag in (probe, anew, too_many)]
        who = f"{socket.gethostname()}:{os.getpid()}"
        why = why[:ERROR_MAX_LENGTH]
        more = (limits.failures_in_a_row, why, who, limits.open_seconds, FORGOTTEN_SECONDS)
        self._ask(_FAILED, name, *flags, *more)
        self._seen.pop(name, None)

    def passed(self, name: str, limits: BreakerLimits, *, probe: bool) -> None:
        """Take back failures in a row, or count a probe that passed."""
        seen = self._seen.get(name)
        if seen is None or seen.opened or seen.in_a_row:
            self._ask(_PASSED, name, int(probe), limits.probes)
            self._seen.pop(name, None)

    def read(self, name: str) -> dict[str, str]:
        """Return what is known of one breaker."""

        def ask(client: redis.Redis) -> dict[str, str]:
            found = client.hgetall(PREFIX + name)
            return {str(key): str(value) for key, value in found.items()}

        return self._with_client(ask)

    def read_all(self) -> dict[str, dict[str, str]]:
        """Return what is known of every breaker that was heard of in the last day."""
        oldest = time.time() - FORGOTTEN_SECONDS

        def ask(client: redis.Redis) -> dict[str, dict[str, str]]:
            client.zremrangebyscore(NAMES, 0, oldest)
            names = [str(name) for name in client.zrange(NAMES, 0, -1)]
            pipeline = client.pipeline(transaction=False)
            for name in names:
                pipeline.hgetall(PREFIX + name)
            return dict(zip(names, pipeline.execute(), strict=True))

        return self._with_client(ask)

    def forget(self, name: str) -> None:
        """Take a breaker off the board."""
        self._seen.pop(name, None)

        def ask(client: redis.Redis) -> None:
            client.delete(PREFIX + name)
            client.zrem(NAMES, name)

        self._with_client(ask)

    def _look(self, name: str) -> _Seen:
        seen = self._seen.get(name)
        if seen is not None and self.clock() - seen.at < BELIEVED_SECONDS:
            return seen

        def ask(client: redis.Redis) -> list[Any]:
            pipeline = client.pipeline(transaction=False)
            pipeline.hmget(PREFIX + name, "opened_at", "in_a_row")
            pipeline.zadd(NAMES, {name: time.time()})
            found: list[Any] = pipeline.execute()
            return found

        opened_at, in_a_row = self._with_client(ask)[0]
        found = _Seen(at=self.clock(), opened=opened_at is not None, in_a_row=in_a_row is not None)
        self._seen[name] = found
        return found

    def _ask(self, script: str, name: str, *arguments: Any) -> int:
        def ask(client: redis.Redis) -> int:
            return int(client.register_script(script)(keys=[PREFIX + name], args=arguments))

        return self._with_client(ask)

    def _with_client(self, ask: Callable[[redis.Redis], T]) -> T:
        if self.clock() < self._away_until:
            raise BoardAway()
        try:
            return ask(self.connect())
        except (redis.RedisError, OSError) as error:
            self._away_until = self.clock() + LEFT_ALONE_SECONDS
            raise BoardAway() from error


def _connect() -> redis.Redis:
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=connections_to(url, decode_responses=True))


shared = Board(_connect)
