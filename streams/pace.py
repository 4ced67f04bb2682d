"""How often something may happen over one connection, counted where it happens.

A window never lets through more than its amount in any stretch of its length. It counts in parts
of a twentieth, so what it keeps is bounded, however wide the limit is.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

PARTS = 20


class Window:
    """So many in any stretch of so many seconds."""

    def __init__(self, amount: int, seconds: float) -> None:
        self._amount = amount
        self._seconds = seconds
        self._part = seconds / PARTS
        self._counts: deque[list[float]] = deque()  # the end of a part, and its count
        self._total = 0.0

    def wait(self, now: float) -> float:
        """Return in how many seconds there is room; 0 when there is."""
        while self._counts and self._counts[0][0] + self._seconds <= now:
            self._total -= self._counts.popleft()[1]
        if self._total < self._amount:
            return 0.0
        return self._counts[0][0] + self._seconds - now

    def add(self, now: float) -> None:
        """Count one."""
        if not self._counts or self._counts[-1][0] < now:
            self._counts.append([now + self._part, 0.0])
        self._counts[-1][1] += 1
        self._total += 1


class Pace:
    """Several windows at once; what one of them holds back counts in none."""

    def __init__(self, *windows: Window, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows = windows
        self._clock = clock

    def take(self) -> float:
        """Count one and return 0, or return in how many seconds there is room."""
        now = self._clock()
        for window in self._windows:
            if (seconds := window.wait(now)) > 0:
                return seconds
        for window in self._windows:
            window.add(now)
        return 0.0
