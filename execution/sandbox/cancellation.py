"""End from outside what runs in the sandbox: whoever has it run says when, from another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class RunCancelled(Exception):
    """What ran was ended from outside; nothing it said counts."""


class Cancellation:
    """Ends the guest that runs at the moment, and lets no other begin; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: Callable[[], object] | None = None
        self._is_set = False

    def cancel(self) -> None:
        """End what runs; what is to begin is not begun."""
        with self._lock:
            self._is_set = True
            if self._end is not None:
                self._end()

    @contextmanager
    def ending_by(self, end: Callable[[], object]) -> Iterator[None]:
        """Let ``end`` be called, at most once, while the block lasts.

        Raises
        ------
        RunCancelled
            It was cancelled before, or within the block.
        """
        self._set_end(end)
        try:
            yield
        finally:
            self._set_end(None)

    def _set_end(self, end: Callable[[], object] | None) -> None:
        with self._lock:
            self._end = end
            if self._is_set:
                self._end = None
                raise RunCancelled


_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


@contextmanager
def cancellable(cancellation: Cancellation) -> Iterator[None]:
    """Have whatever this thread runs within the block end when it is cancelled."""
    token = _current.set(cancellation)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def ended_when_cancelled(end: Callable[[], object]) -> Iterator[None]:
    """Let ``end`` be called when what this thread runs is cancelled within the block."""
    current = _current.get()
    if current is None:
        yield
        return
    with current.ending_by(end):
        yield
