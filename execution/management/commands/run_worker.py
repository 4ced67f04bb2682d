"""The worker: a cluster that runs executions, its watchdog, and the reaper."""

from __future__ import annotations

import socket
import time
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from common.clock import utc_now
from common.stopping import StopRequest
from execution import liveness
from execution.cluster import Cluster
from execution.services import drains, evidence, isolation, recovery, retention
from market.services import uploads
from streams.forgetting import Forgetting

log = structlog.get_logger(__name__)

PROBE_SECONDS = 120
RETENTION_SECONDS = 600
FIRST_CANARY_SECONDS = 120.0  # on a busy machine; nobody else may help a cluster to begin
REPORT_SECONDS = 10
BATCH_SECONDS = 10.0  # how long a stop waits for what is being forgotten at that moment


class Command(BaseCommand):
    help = "Run executions: starts the queue's cluster, restarts it when it stalls, reaps leases."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = StopRequest()
        stop.listen()
        Watchdog(stop).run()


class Watchdog:
    """One pass a second: isolation first, then the cluster's life, the canary and the reaper."""

    def __init__(self, stop: StopRequest) -> None:
        self.stop = stop
        self.cluster = Cluster(name=liveness.own_name())
        self.due = dict.fromkeys(("probe", "canary", "reaper", "retention", "report"), 0.0)
        self.forgetting = Forgetting(lambda: stop.is_set)
        self.isolated = False
        self.state = ""
        self.start_noted = 0.0

    def run(self) -> None:
        """Watch until told to stop, then stop the cluster."""
        try:
            while not self.stop.is_set:
                self._pass()
                self.stop.wait(1)
        finally:
            self.cluster.stop()
            self.forgetting.wait(BATCH_SECONDS)

    def _pass(self) -> None:
        try:
            self._probe()
            self._keep_cluster()
            self._send_canary()
            self._reap()
            self._screen()
            self._forget()
        except (redis.RedisError, DatabaseError) as error:
            # The servers come back or an operator is told by /health; the watchdog itself stays.
            log.warning("watchdog_waits", error=str(error))
            connection.close()

    def _probe(self) -> None:
        if not self._is_due("probe", PROBE_SECONDS if self.isolated else 15):
            return
        report = isolation.publish_report()
        self.isolated = report["ok"]
        if not self.isolated:
            log.error("isolation_not_proven", missing=isolation.missing_layers(report))

    def _keep_cluster(self) -> None:
        if not self.isolated:
            self.cluster.stop()
            self._report("stopped")
            return
        if self.cluster.is_draining or drains.is_drained(socket.gethostname()):
            # Once begun it is finished, even when it was called off meanwhile: the cluster starts
            # anew when the last run has ended.
            self._report("drained" if self.cluster.drain() else "draining")
            if self.cluster.process is not None or drains.is_drained(socket.gethostname()):
                return
        self._report("working")
        if self.cluster.is_alive() and not self._is_stalled():
            return
        if self.cluster.process is not None:
            log.error("cluster_restarts", alive=self.cluster.is_alive())
            self.cluster.kill()
        self.start_noted = liveness.note_progress(self.cluster.name)
        self.cluster.start()

    def _report(self, state: str) -> None:
        if state != self.state or self._is_due("report", REPORT_SECONDS):
            self.state = state
            drains.report(state)

    def _is_stalled(self) -> bool:
        # Canaries are sent more often than a stall lasts, so no progress means nobody took them.
        # Each cluster gets its own: one that stands still does not hide behind another that moves.
        noted = liveness.progress().get(self.cluster.name)
        if noted is None:
            return False
        # Its start is noted too; who has done nothing since is still about to begin.
        if noted == self.start_noted:
            return time.monotonic() - self.cluster.started_at > FIRST_CANARY_SECONDS
        return time.time() - noted > settings.WATCHDOG_STALL_SECONDS

    def _send_canary(self) -> None:
        drains_now = self.cluster.is_draining or self.state == "drained"
        if (
            self.isolated
            and not drains_now
            and self._is_due("canary", settings.WATCHDOG_CANARY_SECONDS)
        ):
            liveness.send_canary(self.cluster.name)

    def _reap(self) -> None:
        if self._is_due("reaper", settings.REAPER_INTERVAL_SECONDS):
            recovered = recovery.recover(now=utc_now())
            if recovered.expired or recovered.resent:
                log.warning("recovered", expired=recovered.expired, resent=recovered.resent)
            lost = uploads.send_lost_uploads(now=utc_now())
            if lost:
                log.warning("uploads_resent", count=lost)

    def _screen(self) -> None:
        # Also where isolation is missing: then the waiting versions are told why they wait.
        evidence.screen_waiting_versions(now=utc_now())
        if self.isolated:
            evidence.send_wanted_evidence(now=utc_now())

    def _forget(self) -> None:
        if self._is_due("retention", RETENTION_SECONDS):
            removed = retention.forget_old_contents(now=utc_now())
            if removed:
                log.info("contents_forgotten", count=removed)
            # It may take minutes, and a pass that takes long looks like a cluster that stalls.
            self.forgetting.begin()

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self.due[what]:
            return False
        self.due[what] = now + seconds
        return True
