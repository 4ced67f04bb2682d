"""Keeps one django-q2 cluster alive: starts it, asks it for signs of life, replaces it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import structlog

from execution.broker import CLUSTER_VARIABLE

log = structlog.get_logger(__name__)

STOP_GRACE_SECONDS = 20


@dataclass(kw_only=True)
class Cluster:
    """A ``manage.py run_cluster`` in a process group of its own, whose life is noted by name."""

    name: str
    process: subprocess.Popen[bytes] | None = field(default=None)
    started_at: float = 0.0
    is_draining: bool = False

    def start(self) -> None:
        """Start the cluster."""
        command = [sys.executable, "-m", "execution.cluster_process", str(os.getpid())]
        environment = {**os.environ, CLUSTER_VARIABLE: self.name}
        self.process = subprocess.Popen(command, start_new_session=True, env=environment)
        self.started_at = time.monotonic()
        self.is_draining = False
        log.info("cluster_started", pid=self.process.pid)

    def is_alive(self) -> bool:
        """Tell whether the cluster's process is there."""
        return self.process is not None and self.process.poll() is None

    def drain(self) -> bool:
        """Let running executions end and start no others; tell whether all of them have ended.

        Nothing is waited for: whoever drains asks again.
        """
        if self.process is None:
            return True
        if not self.is_draining:
            self.is_draining = True
            self.process.terminate()
            log.info("cluster_drains", pid=self.process.pid)
        if self.is_alive():
            return False
        self.stop()
        return True

    def kill(self) -> None:
        """End what is left of a cluster that does nothing any more; nothing of it is waited for."""
        if self.process is None:
            return
        self._kill_group()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """Let running executions end, then end whatever of the cluster is left."""
        if self.process is None:
            return
        if self.is_alive():
            self.process.terminate()
            try:
                self.process.wait(STOP_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("cluster_did_not_stop", pid=self.process.pid)
        self.kill()

    def _kill_group(self) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
