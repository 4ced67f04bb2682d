"""How loaded the platform is, as this process knows it: measured when asked, once a second."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from django.db import DatabaseError, connection

from common import in_flight, row_scope
from execution.scheduling.backpressure import THRESHOLDS, Load, Readings, load_of
from execution.services import doors
from execution.services.quotas import queue_depth

BELIEVED_SECONDS = 1.0
RUNS_JUDGED = 20  # fewer in a minute say nothing of their slowest hundredth
MEMORY = Path("/proc/meminfo")
RECENT_RUNS = """
SELECT count(*),
       count(*) FILTER (WHERE outcome = 'infrastructure'),
       coalesce(extract(epoch FROM percentile_disc(0.99) WITHIN GROUP
                        (ORDER BY started_at - queued_at)), 0)
FROM execution_execution
WHERE finished_at > now() - interval '1 minute' AND kind = 'onetime' AND started_at IS NOT NULL
"""
log = structlog.get_logger(__name__)


class Gauge:
    """Keeps the last reading for a second; whoever finds it old takes the next one."""

    def __init__(
        self, read: Callable[[], Readings], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._readings = Readings()
        self._read_at: float | None = None

    def load(self) -> Load:
        """Return the load: this process's own share as it is, the rest as of this second."""
        self._refresh()
        own = Readings(**{**vars(self._readings), "requests": in_flight.share()})
        return load_of(own)

    def _refresh(self) -> None:
        if self._read_at is not None and self._clock() - self._read_at < BELIEVED_SECONDS:
            return
        # Others go on with the old reading meanwhile; only at the start there is none.
        if not self._lock.acquire(blocking=self._read_at is None):
            return
        try:
            self._readings = self._read()
        except DatabaseError as error:
            log.warning("load_not_measured", error=str(error).strip())
        finally:
            self._read_at = self._clock()
            self._lock.release()


@row_scope.for_the_platform
def measure() -> Readings:
    """Ask the database and the machine how it goes."""
    with connection.cursor() as cursor:
        cursor.execute(RECENT_RUNS)
        runs, failed, p99 = cursor.fetchone()
    enough = runs >= RUNS_JUDGED
    return Readings(
        queue_depth=queue_depth(int(2 * THRESHOLDS.queue_depth)),
        p99_seconds=float(p99) if enough else 0.0,
        errors=failed / runs if enough else 0.0,
        cpu=min(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)),
        memory=_memory_used(),
    )


def current() -> Load:
    """Return how loaded the platform is now."""
    found = _gauge.load()
    doors.publish(found)
    return found


_gauge = Gauge(measure)


def _memory_used() -> float:
    try:
        lines = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines())
        total, free = (int(lines[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError, ValueError):
        return 0.0  # not a Linux: the other readings have to do
    return 1 - free / total
