"""Whether this machine's isolation is proven, and word of it for the other processes."""

from __future__ import annotations

import json
import socket
from typing import Any

from common.errors import Unavailable
from execution import queue
from execution.sandbox import supervisor

KEY = "signalhub:isolation"
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
    raise IsolationNotProven(
        f"Not proven on this machine: {', '.join(missing)}. Nothing is run until it is.",
        missing=missing,
    )


def publish_report() -> dict[str, Any]:
    """Probe this machine, tell the other processes the result, and return it."""
    report = supervisor.isolation_report()
    with queue.connect() as client:
        client.hset(KEY, socket.gethostname(), json.dumps(report))
        client.expire(KEY, REPORT_TTL_SECONDS)
    return report


def known_reports() -> dict[str, dict[str, Any]]:
    """Return the newest report of every worker machine, by its name."""
    with queue.connect() as client:
        return {host: json.loads(report) for host, report in client.hgetall(KEY).items()}


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
