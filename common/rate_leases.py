"""Limits for what happens so often that asking Redis each time would cost more than the thing.

A process takes a thousandth of a limit at a time and spends it by itself. What it has not spent
after a while is lost, so a limit is never exceeded, and a small one is counted one by one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from common import rate_limits
from common.rate_limits import Limit, Verdict

SHARE = 1000  # of a limit, in one lease
GOOD_FOR_SECONDS = 10.0
SUBJECTS_KEPT = 10_000


@dataclass(slots=True)
class _Lease:
    left: int
    until: float


class Leases:
    """What this process may spend of some limits without asking."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[tuple[Limit, str], _Lease] = {}

    def take(self, limit: Limit, subject: str) -> Verdict:
        """Count one, and ask for the next lease where the last one is spent."""
        if self._spend(limit, subject):
            return Verdict(limit, True, limit.amount, limit.seconds)
        return self._renew(limit, subject)

    async def take_async(self, limit: Limit, subject: str) -> Verdict:
        """Count one; only who needs the next lease waits, and that in a thread."""
        if self._spend(limit, subject):
            return Verdict(limit, True, limit.amount, limit.seconds)
        return await asyncio.to_thread(self._renew, limit, subject)

    def forget(self) -> None:
        """Give up what is held."""
        with self._lock:
            self._held.clear()

    def _spend(self, limit: Limit, subject: str) -> bool:
        with self._lock:
            lease = self._held.get((limit, subject))
            if lease is None or lease.left < 1 or lease.until < self._clock():
                return False
            lease.left -= 1
            return True

    def _renew(self, limit: Limit, subject: str) -> Verdict:
        size = max(1, limit.amount // SHARE)
        verdict = rate_limits.take(limit, subject, cost=size)
        if not verdict.allowed and size > 1:
            size, verdict = 1, rate_limits.take(limit, subject)
        if verdict.allowed and size > 1:
            self._keep(limit, subject, size - 1)
        return verdict

    def _keep(self, limit: Limit, subject: str, left: int) -> None:
        now = self._clock()
        with self._lock:
            if len(self._held) >= SUBJECTS_KEPT:
                self._held = {key: held for key, held in self._held.items() if held.until >= now}
            held = self._held.get((limit, subject))
            spare = held.left if held is not None and held.until >= now else 0
            self._held[limit, subject] = _Lease(left + spare, now + GOOD_FOR_SECONDS)


of_this_process = Leases()
