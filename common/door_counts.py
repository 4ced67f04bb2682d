"""What the doors of this process counted since it started: what was limited, shed, turned away.

Counters only ever grow; a forked child begins its own.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping


class _Counts:
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.lock = threading.Lock()
        self.by_event: Counter[tuple[str, str]] = Counter()


_counts = _Counts()
os.register_at_fork(after_in_child=_counts.begin)


def add(event: str, what: str = "") -> None:
    """Count one event; ``what`` says which limit or which kind of work."""
    with _counts.lock:
        _counts.by_event[event, what] += 1


def current() -> Mapping[tuple[str, str], int]:
    """Return the counts so far, by event and what it was about."""
    with _counts.lock:
        return dict(_counts.by_event)
