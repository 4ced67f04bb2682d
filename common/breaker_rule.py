"""When to stop asking what keeps failing, and how to try again carefully: for one process.

It opens after some failures in a row, or when too many of the last calls failed or were slow.
While it is open nothing is asked; then a few probes decide whether it closes. It knows failures
and durations only: not what was called, and nothing of other processes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, kw_only=True)
class BreakerLimits:
    """When a breaker opens and closes: the contract's numbers."""

    failures_in_a_row: int = 5
    failing_share: float = 0.5
    slow_seconds: float = 5.0
    slow_share: float = 0.8
    calls_judged: int = 10  # a share is judged over this many calls, and not before
    open_seconds: float = 60.0
    probes: int = 3


@dataclass
class LocalBreaker:
    """Counts the calls of one process, and decides when nobody else does."""

    limits: BreakerLimits = field(default_factory=BreakerLimits)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[tuple[bool, bool]] = deque(maxlen=self.limits.calls_judged)
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._probes_begun = 0
        self._probes_passed = 0

    @property
    def state(self) -> State:
        """Return whether calls go through now."""
        with self._lock:
            return self._state()

    def seconds_to_wait(self) -> int:
        """Return 0 and count a call as begun, or return in how many seconds to ask again."""
        with self._lock:
            state = self._state()
            if state is State.CLOSED:
                return 0
            if state is State.HALF_OPEN and self._probes_begun < self.limits.probes:
                self._probes_begun += 1
                return 0
            return self._seconds_left()

    def learn(self, *, failed: bool, seconds: float) -> bool:
        """Take in what a call came to; return whether too many of the last ones went badly.

        A row of failures is not told: others may have had a success in between.
        """
        slow = seconds > self.limits.slow_seconds
        with self._lock:
            if self._opened_at is not None:
                self._learn_of_probe(failed=failed or slow)
                return False
            self._recent.append((failed, slow))
            self._in_a_row = self._in_a_row + 1 if failed else 0
            too_many = self._are_too_many()
            if too_many or self._in_a_row >= self.limits.failures_in_a_row:
                self._open()
            return too_many

    def close(self) -> None:
        """Forget what opened it: others have found that it goes again."""
        with self._lock:
            self._close()

    def _learn_of_probe(self, *, failed: bool) -> None:
        if self._state() is State.OPEN:
            return  # a call from before it opened; what it came to is old news
        if failed:
            self._open()
            return
        self._probes_passed += 1
        if self._probes_passed >= self.limits.probes:
            self._close()

    def _are_too_many(self) -> bool:
        if len(self._recent) < self.limits.calls_judged:
            return False
        failing = sum(failed for failed, _ in self._recent) / len(self._recent)
        slow = sum(slow for _, slow in self._recent) / len(self._recent)
        return failing >= self.limits.failing_share or slow >= self.limits.slow_share

    def _open(self) -> None:
        self._opened_at = self.clock()
        self._probes_begun = self._probes_passed = 0

    def _close(self) -> None:
        if self._opened_at is not None:
            self._opened_at = None
            self._in_a_row = 0
            self._recent.clear()

    def _state(self) -> State:
        if self._opened_at is None:
            return State.CLOSED
        if self.clock() - self._opened_at < self.limits.open_seconds:
            return State.OPEN
        # Probes that never came back must not keep it half open for good.
        if self.clock() - self._opened_at >= 2 * self.limits.open_seconds:
            self._probes_begun = self._probes_passed
        return State.HALF_OPEN

    def _seconds_left(self) -> int:
        opened_at = self._opened_at if self._opened_at is not None else self.clock()
        return max(1, round(opened_at + self.limits.open_seconds - self.clock()))
