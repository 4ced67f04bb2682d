"""``manage.py verify_audit``: prove that the audit trail is whole."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit_verification
from accounts.audit_verification import ChainReport
from common.clock import utc_now

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Walk the audit chains and say the first place that does not hold. Ends with 1 when there "
        "is one. Keep the file of --anchors on another machine: it shows what the owner of the "
        "database could hide."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--chain", action="append", metavar="SLUG", help="this chain only; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--anchors",
            type=Path,
            metavar="FILE",
            help="compare with where the chains stood before, then add where they stand now",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = _anchors(options["anchors"])
        names = options["chain"] or sorted({*audit_verification.chains(), *anchors})
        began = time.monotonic()
        reports = [audit_verification.verify_chain(name, anchors.get(name, ())) for name in names]
        seconds = time.monotonic() - began
        for report in reports:
            log.info("audit_chain_verified", **report.as_json())
        ok = all(report.broken is None for report in reports)
        if ok and options["anchors"]:
            audit_verification.add_anchors(options["anchors"], reports, now=utc_now())
        self._print(reports, seconds, as_json=options["json"])
        if not ok:
            sys.exit(1)

    def _print(self, reports: list[ChainReport], seconds: float, *, as_json: bool) -> None:
        events = sum(report.events for report in reports)
        if as_json:
            body = {
                "ok": all(report.broken is None for report in reports),
                "events": events,
                "seconds": round(seconds, 3),
                "chains": [report.as_json() for report in reports],
            }
            self.stdout.write(json.dumps(body, indent=1))
            return
        for report in reports:
            self.stdout.write(_line(report))
        speed = f", {events / seconds:,.0f} a second" if seconds and events else ""
        self.stdout.write(f"{events:,} events in {seconds:.1f} s{speed}")


def _anchors(path: Path | None) -> dict[str, list[audit_verification.Link]]:
    if path is None:
        return {}
    try:
        return audit_verification.read_anchors(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no file of anchors: {error!r}") from None


def _line(report: ChainReport) -> str:
    if report.broken is None:
        return f"{report.chain}: {report.events:,} events, whole; head {report.head.event_hash}"
    broken = report.broken
    return f"{report.chain}: BROKEN at position {broken.position} ({broken.why}): {broken.detail}"
