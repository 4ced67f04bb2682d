"""End a long-running process when it is asked to, between two pieces of its work."""

from __future__ import annotations

import signal
import time
from types import FrameType

SLICE_SECONDS = 0.1


class StopRequest:
    """Whether the process was asked to stop; waits on it end early when it is.

    A plain flag rather than a ``threading.Event``: a handler that sets an event while the same
    thread waits on it can find the event's lock taken by itself, and then nothing ever ends.
    """

    def __init__(self) -> None:
        self.is_set = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the request."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the request."""
        ends_at = time.monotonic() + seconds
        while not self.is_set and (left := ends_at - time.monotonic()) > 0:
            time.sleep(min(left, SLICE_SECONDS))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True
