"""Whether this machine's isolation is proven, and word of it for the other processes."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any

import redis
import structlog
from django.db import DatabaseError, connection

from common.clock import utc_now
from common.errors import Unavailable
from execution import queue
from execution.models import AlertKind
from execution.sandbox import supervisor
from execution.sandbox.layers import REMEDIES
from execution.services import alerts

log = structlog.get_logger(__name__)

# The names of those that reported; what each said stands under a key of its own, which expires.
KEY = "signalhub:isolation:names"
REPORT_TTL_SECONDS = 600


class IsolationNotProven(Unavailable):
    """No worker can prove the sandbox's walls at the moment, so nothing is run."""

    code = "isolation_not_proven"


def require_isolation() -> None:
    """Raise IsolationNotProven, naming the missing layers, unless this machine's walls stand."""
    report = supervisor.isolation_report()
    if report["ok"]:
        return
    missing = missing_layers(report)
    if report["quarantined_at"]:
        # Whoever looks has to find it for as long as it lasts.
        _store_own(report)
    raise IsolationNotProven(
        f"Not proven on this machine: {', '.join(missing)}. Nothing is run until it is.",
        missing=missing,
        remedies=remedies(report),
    )


def publish_report() -> dict[str, Any]:
    """Probe this machine, tell the other processes the result, and return it."""
    report = supervisor.isolation_report(probe_first=True)
    store_report(socket.gethostname(), report)
    return report


def store_report(name: str, report: dict[str, Any]) -> None:
    """Tell the other processes how somebody's walls stand; they forget it after a while."""
    with queue.connect() as client, client.pipeline() as pipeline:
        pipeline.sadd(KEY, name)
        pipeline.set(key_of(name), json.dumps(report), ex=REPORT_TTL_SECONDS)
        pipeline.execute()


def forget_report(name: str) -> None:
    """Take back what was said of somebody's walls."""
    with queue.connect() as client, client.pipeline() as pipeline:
        pipeline.srem(KEY, name)
        pipeline.delete(key_of(name))
        pipeline.execute()


def known_reports() -> dict[str, dict[str, Any]]:
    """Return the newest report of every worker machine, by its name.

    A process of a machine that is quarantined is reported beside its machine.
    """
    with queue.connect() as client:
        names = sorted(client.smembers(KEY))
        said = client.mget([key_of(name) for name in names]) if names else []
        gone = [name for name, report in zip(names, said, strict=True) if report is None]
        if gone:
            client.srem(KEY, *gone)
    return {
        name: json.loads(report)
        for name, report in zip(names, said, strict=True)
        if report is not None
    }


def known_machines() -> set[str]:
    """Return the machines whose workers reported lately."""
    return {name for name in known_reports() if not name.endswith(")")}


def require_a_proven_worker() -> None:
    """Raise IsolationNotProven when workers reported and none of them has its walls."""
    reports = known_reports()
    if reports and not any(report["ok"] for report in reports.values()):
        missing = sorted({name for report in reports.values() for name in missing_layers(report)})
        raise IsolationNotProven(missing=missing, retry_after_seconds=30)


def missing_layers(report: dict[str, Any]) -> list[str]:
    """Return the required layers that a report does not prove, or why the jail did not start."""
    if not report["layers"]:
        return [report["problem"]]
    return [
        name
        for name, layer in report["layers"].items()
        if layer["required"] and not layer["proven"]
    ]


def remedies(report: dict[str, Any]) -> dict[str, str]:
    """Return how to get each required layer that a report does not prove."""
    return {name: REMEDIES[name] for name in missing_layers(report) if name in REMEDIES}


def explain(report: dict[str, Any]) -> str:
    """Return in a sentence or two what is missing and how to get it; empty when nothing is."""
    if report["ok"]:
        return ""
    known = remedies(report)
    missing = [f"{name}. {known.get(name, '')}".strip() for name in missing_layers(report)]
    since = report.get("quarantined_at")
    return f"not proven: {' '.join(missing)}" + (f" Quarantined since {since}." if since else "")


def announce_change(report: dict[str, Any]) -> None:
    """Tell everybody that this process is quarantined, or no longer is.

    It is called by the sandbox at the moment it finds out, in any thread of any process.
    """
    _store_own(report)
    if not report["ok"]:
        alert_quarantine(report)


def _store_own(report: dict[str, Any]) -> None:
    name = f"{socket.gethostname()} (process {os.getpid()})"
    try:
        if report["ok"]:
            forget_report(name)
        else:
            store_report(name, report)
    except redis.RedisError as error:
        # The process is quarantined all the same, and says so again when it refuses a job.
        log.warning("isolation_report_unsent", error=str(error))


def alert_quarantine(report: dict[str, Any]) -> None:
    """Alert the operators to a process whose walls fell while it was running."""
    log.error(
        "isolation_quarantine",
        missing=missing_layers(report),
        remedies=remedies(report),
        quarantined_at=report["quarantined_at"],
    )
    try:
        alerts.raise_alert(
            AlertKind.QUARANTINE, socket.gethostname(), explain(report), now=utc_now()
        )
    except DatabaseError as error:
        # Nothing runs here all the same, and the log and the report have said so.
        log.error("quarantine_alert_unsaved", error=str(error))
    finally:
        if threading.current_thread() is not threading.main_thread():
            # A probing thread ends now, and its connection would be left open.
            connection.close()


def key_of(name: str) -> str:
    """Return the key under which somebody's report stands."""
    return f"signalhub:isolation:report:{name}"
