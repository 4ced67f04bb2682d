"""The queue's cluster, as a worker runs it: when a part of it is killed, all of it ends.

The parts hand each other tasks through pipes with locks. Who is killed while it waits for a task
has the lock in its hand, and nobody would ever get one again. So the worker's watchdog begins anew
with another cluster, within a second or two.
"""

from __future__ import annotations

import os
import signal
from multiprocessing.process import BaseProcess

import structlog
from django_q.cluster import Sentinel

log = structlog.get_logger(__name__)


class Guard(Sentinel):  # type: ignore[misc]
    """Replaces parts that ended in order, and ends the cluster when one did not."""

    def reincarnate(self, process: BaseProcess) -> None:
        """Start a part again, or end this group of processes: the cluster has one of its own."""
        if process.exitcode is not None and process.exitcode < 0:
            log.critical("cluster_part_killed", pid=process.pid, signal=-process.exitcode)
            os.killpg(0, signal.SIGKILL)
        super().reincarnate(process)
