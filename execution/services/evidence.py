"""What is known about a version before anybody runs it: made here, kept with the version."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import structlog

from execution.sandbox import screening
from execution.sandbox.layers import SandboxUnavailable
from registry.services.screening import (
    keep_screening,
    note_screening_problem,
    versions_to_screen,
)

log = structlog.get_logger(__name__)

# Whoever calls has other things to do between two passes.
VERSIONS_PER_PASS = 3


def screen_waiting_versions(*, now: datetime) -> int:
    """Screen some of the versions that wait for it, and return how many were.

    Where isolation is missing nothing is read; the versions go on waiting, and say why.
    """
    rules = screening.fingerprint()
    done = 0
    for version in versions_to_screen(rules_sha256=rules)[:VERSIONS_PER_PASS]:
        try:
            found = screening.screen(version.source)
        except SandboxUnavailable as fault:
            log.warning("screening_waits", version=str(version.pk), reason=str(fault))
            note_screening_problem(version, problem=str(fault))
            break
        keep_screening(
            version,
            findings=[asdict(finding) for finding in found.findings],
            worst_level=screening.worst_level(found.findings),
            facts=asdict(found.facts) if found.facts else None,
            rules_sha256=rules,
            now=now,
        )
        done += 1
    return done
