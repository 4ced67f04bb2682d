"""How many of something somebody may have in a while, counted for all processes together.

The counts stand in Redis: a sliding window for each subject and limit, asked and advanced in one
step, so that of many who ask at once exactly as many are let through as the limit says. While
Redis does not answer, each process counts for itself at the same rate; nobody is let through
uncounted, and nobody is refused for it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from common import door_counts
from common.errors import RateLimited

PREFIX = "signalhub:limits"
ANSWER_SECONDS = 0.25  # a Redis that hangs must not hold up what it only counts
RETRY_SECONDS = 5.0
log = structlog.get_logger(__name__)


class TooManyRequests(RateLimited):
    """You have used up your requests of this minute; wait as long as Retry-After says."""

    code = "too_many_requests"


@dataclass(frozen=True)
class Limit:
    """So many of something in so many seconds. The name stands in headers and replies."""

    name: str
    amount: int
    seconds: int = 60


@dataclass(frozen=True)
class Verdict:
    """What came of asking: whether it is allowed, how much is left, and when there will be more."""

    limit: Limit
    allowed: bool
    remaining: int
    reset_seconds: int

    def details(self) -> dict[str, Any]:
        """Return what a refusal tells its caller."""
        return {
            "limit": self.limit.name,
            "allowed": self.limit.amount,
            "per_seconds": self.limit.seconds,
            "retry_after_seconds": max(1, self.reset_seconds),
        }


class _OneJourney(RedisStorage):
    """Counts, and asks how the window stands after it, on one way to Redis and back."""

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        try:
            allowed, self._seen.window = self._ask(key, limit, expiry, amount)
        except NoScriptError:
            for script in (self.lua_acquire_sliding_window, self.lua_sliding_window):
                self.storage.script_load(script.script)
            allowed, self._seen.window = self._ask(key, limit, expiry, amount)
        return bool(allowed)

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        window = self._seen.__dict__.pop("window", None)
        if window is None:
            return super().get_sliding_window(key, expiry)
        counts = [max(0.0, float(number or 0)) for number in window]
        return int(counts[0]), counts[1] / 1000, int(counts[2]), counts[3] / 1000

    def initialize_storage(self, uri: str) -> None:
        super().initialize_storage(uri)
        self._seen = threading.local()  # between the two questions of one thread

    def _ask(self, key: str, limit: int, expiry: int, amount: int) -> Any:
        names = (
            self.prefixed_key(self._previous_window_key(key)),
            self.prefixed_key(self._current_window_key(key)),
        )
        together = self.storage.pipeline(transaction=False)
        together.evalsha(self.lua_acquire_sliding_window.sha, 2, *names, limit, expiry, amount)
        together.evalsha(self.lua_sliding_window.sha, 2, *names, expiry)
        return together.execute()


class Counting:
    """Counts on one Redis, or in this process while that one does not answer."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = SlidingWindowCounterRateLimiter(
            _OneJourney(url, connection_pool=connections_to(url), key_prefix=PREFIX)
        )
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._clock = clock
        self._lock = threading.Lock()
        self._alone_until: float | None = None

    @property
    def is_alone(self) -> bool:
        """Tell whether this process counts for itself at the moment."""
        return self._alone_until is not None

    def take(self, limit: Limit, subject: str, *, cost: int = 1) -> Verdict:
        """Count something, unless that would be more than the limit allows."""
        if limit.amount < 1:
            return Verdict(limit, False, 0, limit.seconds)
        return self._ask(lambda limiter: _take(limiter, limit, subject, cost))

    def look(self, limit: Limit, subject: str) -> Verdict:
        """Return how a limit stands, and count nothing."""
        if limit.amount < 1:
            return Verdict(limit, False, 0, limit.seconds)
        return self._ask(lambda limiter: _stand(limiter, limit, subject))

    def _ask(self, question: Callable[[SlidingWindowCounterRateLimiter], Verdict]) -> Verdict:
        if self._alone_until is not None and self._clock() < self._alone_until:
            door_counts.add("limits_counted_alone")
            return question(self._own)
        try:
            verdict = question(self._shared)
        except (RedisError, OSError) as error:
            self._go_alone(error)
            door_counts.add("limits_counted_alone")
            return question(self._own)
        if self._alone_until is not None:
            self._alone_until = None
            log.info("rate_limits_shared_again")
        return verdict

    def _go_alone(self, error: Exception) -> None:
        with self._lock:
            if self._alone_until is None:
                log.warning("rate_limits_counted_alone", error=str(error))
            self._alone_until = self._clock() + RETRY_SECONDS


def take(limit: Limit, subject: str, *, cost: int = 1) -> Verdict:
    """Count something of a subject; whoever answers the request tells how the limit stands."""
    if not settings.RATE_LIMITS_ENABLED:
        return Verdict(limit, True, limit.amount, limit.seconds)
    verdict = counting().take(limit, subject, cost=cost)
    if not verdict.allowed:
        door_counts.add("limited", limit.name)
    told = _told.get()
    if told is not None:
        told[limit.name] = verdict
    return verdict


def look(limit: Limit, subject: str) -> Verdict:
    """Return how a limit of a subject stands, and count nothing."""
    if not settings.RATE_LIMITS_ENABLED:
        return Verdict(limit, True, limit.amount, limit.seconds)
    return counting().look(limit, subject)


def counting() -> Counting:
    """Return what this process counts with."""
    return _counting_on(settings.REDIS_URL)


@contextmanager
def telling() -> Iterator[dict[str, Verdict]]:
    """Collect the verdicts that come up inside the block, for the headers of its answer."""
    verdicts: dict[str, Verdict] = {}
    token = _told.set(verdicts)
    try:
        yield verdicts
    finally:
        _told.reset(token)


_told: ContextVar[dict[str, Verdict] | None] = ContextVar("verdicts", default=None)
_counting_on = lru_cache(maxsize=2)(Counting)


def connections_to(url: str, **more: Any) -> ConnectionPool:
    """Return connections to a Redis that is given up quickly when it does not answer."""
    return ConnectionPool.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
        **more,
    )


def _take(
    limiter: SlidingWindowCounterRateLimiter, limit: Limit, subject: str, cost: int
) -> Verdict:
    allowed = limiter.hit(_item(limit), limit.name, subject, cost=cost)
    found = _stand(limiter, limit, subject)
    return Verdict(limit, allowed, found.remaining, found.reset_seconds)


def _stand(limiter: SlidingWindowCounterRateLimiter, limit: Limit, subject: str) -> Verdict:
    reset_at, remaining = limiter.get_window_stats(_item(limit), limit.name, subject)
    seconds = max(0, math.ceil(reset_at - time.time()))
    return Verdict(limit, remaining > 0, remaining, seconds)


@lru_cache(maxsize=1000)
def _item(limit: Limit) -> RateLimitItem:
    return RateLimitItemPerSecond(limit.amount, limit.seconds)
