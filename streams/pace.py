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
        self.add_to_part(1)

    def add_to_part(self, count: int) -> None:
        """Count some that came in the part in which the last one came."""
        self._counts[-1][1] += count
        self._total += count

    @property
    def part(self) -> tuple[float, float]:
        """Return when the part of the last one ends, and how many more there is room for."""
        return self._counts[-1][0], self._amount - self._total


class Pace:
    """Several windows at once; what one of them holds back counts in none.

    Within a part of every window, and while all have room, one more is no more than a countdown.
    """

    def __init__(self, *windows: Window, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows = windows
        self._clock = clock
        self._room = self._taken = 0
        self._until = 0.0

    def take(self) -> float:
        """Count one and return 0, or return in how many seconds there is room."""
        now = self._clock()
        if self._taken < self._room and now <= self._until:
            self._taken += 1
            return 0.0
        return self._take_from_windows(now) if self._windows else 0.0

    def _take_from_windows(self, now: float) -> float:
        for window in self._windows:
            if self._taken:
                window.add_to_part(self._taken)
        self._room = self._taken = 0
        for window in self._windows:
            if (seconds := window.wait(now)) > 0:
                return seconds
        for window in self._windows:
            window.add(now)
        parts = [window.part for window in self._windows]
        self._until, self._room = min(end for end, _ in parts), int(min(room for _, room in parts))
        return 0.0
