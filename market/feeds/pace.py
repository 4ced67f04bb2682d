"""When the next session of a replay is due. Knows no clock: the caller says what time it is."""

from __future__ import annotations

LONGEST_DEBT_SECONDS = 1.0  # what a standstill may leave to catch up with, instead of a burst


class Pacer:
    """Turns a pace, which may change at any moment, into instants.

    Instants are seconds of any clock that only moves forward.
    """

    def __init__(self, *, started_at: float) -> None:
        self._last_due = started_at

    def seconds_until_due(self, sessions_per_second: float, *, at: float) -> float:
        """Return how long to wait for the next session; zero or less when it is due."""
        return self._last_due + 1 / sessions_per_second - at

    def advanced(self, sessions_per_second: float, *, at: float) -> None:
        """Count one session: the next is due one step after this one was, not after it was done."""
        due = self._last_due + 1 / sessions_per_second
        self._last_due = max(due, at - LONGEST_DEBT_SECONDS)

    def idled(self, *, at: float) -> None:
        """Start afresh after a pause: what was not replayed meanwhile is not owed."""
        self._last_due = at
