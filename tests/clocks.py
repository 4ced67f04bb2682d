"""A clock that stands still until a test moves it."""

from __future__ import annotations


class StillClock:
    """Counts seconds as ``time.monotonic`` does; ``now`` is the test's to set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
