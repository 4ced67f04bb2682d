"""Sections that are the same for everybody, kept for a second in this process.

Pages that stand open ask every few seconds, and what they ask of the whole platform costs the same
statements however many look. What is of a house is read for each viewer, in their own scope.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from signalhub.operations.tables import Section

BELIEVED_SECONDS = 1.0


@dataclass
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    section: Section | None = None
    read_at: float = 0.0


class KeptSections:
    """Sections by what they are of; who finds one old reads it, and the others wait for that."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept] = {}

    def get(self, key: Hashable, read: Callable[[], Section]) -> Section:
        """Return a section as of this second."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
        with kept.lock:
            if kept.section is None or self._clock() - kept.read_at >= BELIEVED_SECONDS:
                kept.section = read()
                kept.read_at = self._clock()
            return kept.section

    def forget(self) -> None:
        """Have everything read anew: somebody has just changed something here."""
        with self._lock:
            self._kept = {}


of_this_process = KeptSections()
