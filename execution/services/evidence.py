"""What is known about a version before anybody relies on it: made here, kept with the version.

It is read for what is suspicious, and run over history. Each is made for exactly the bytes that the
version has when a worker takes it.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django_q.tasks import async_task

from common.clock import utc_now
from common.errors import SignalHubError
from execution import held
from execution.sandbox import screening
from execution.sandbox.cancellation import RunCancelled
from execution.sandbox.layers import SandboxUnavailable
from execution.services import isolation, places
from execution.services.evidence_report import make_report
from execution.services.leases import ended_when, renewed
from execution.services.trial_leases import lease_from
from registry.models import ScriptVersion
from registry.services.evidence import (
    EvidenceIsStale,
    keep_taken,
    note_evidence_problem,
    queue_evidence,
    record_evidence,
    take_evidence,
)
from registry.services.screening import (
    keep_screening,
    note_screening_problem,
    versions_to_screen,
)

log = structlog.get_logger(__name__)

# Whoever calls has other things to do between two passes.
VERSIONS_PER_PASS = 3
# Evidence that nobody took up for so long was lost in the queue.
LOST_AFTER = timedelta(minutes=2)


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


def send_wanted_evidence(*, now: datetime) -> int:
    """Hand some of the wanted evidence to the queue, and return how much it was."""
    limit = min(VERSIONS_PER_PASS, places.how_many_are_free())
    found = queue_evidence(again_before=now - LOST_AFTER, limit=limit, now=now)
    for version_id in found:
        async_task("execution.tasks.make_evidence", str(version_id), save=False, ack_failure=True)
    return len(found)


@transaction.atomic
def _take(version_id: uuid.UUID | str) -> ScriptVersion | None:
    # What is held stays queued, and is looked at again when it counts as lost.
    held.lock_for_starting()
    version = ScriptVersion.objects.select_related("script").filter(pk=version_id).first()
    if version is None or held.hold_on(version.script) is not None:
        return None
    return take_evidence(version_id, lease_until=lease_from(utc_now()), now=utc_now())


def make_evidence(version_id: uuid.UUID | str) -> bool:
    """Run a version as its author would, and keep what that showed; False when nobody wants it.

    What is the script's own fault is part of the report. Trouble of ours is noted, and the evidence
    is tried again.
    """
    isolation.require_isolation()
    version = _take(version_id)
    if version is None:
        return False

    def is_held() -> bool:
        return held.hold_on(version.script) is not None

    try:
        with (
            renewed(lambda now: keep_taken(version, lease_until=lease_from(now))),
            ended_when(is_held),
        ):
            report = make_report(version, now=utc_now())
        record_evidence(version, report, now=utc_now())
    except EvidenceIsStale:
        # What it has become is made when its author submits it again.
        log.info("evidence_is_stale", version=str(version.pk))
        note_evidence_problem(version, problem=EvidenceIsStale.__doc__ or "")
        return False
    except RunCancelled:
        log.info("evidence_is_held", version=str(version.pk))
        note_evidence_problem(version, problem=held.Held.__doc__ or "")
        return False
    except (SignalHubError, SandboxUnavailable, DatabaseError, OSError) as error:
        log.warning("evidence_waits", version=str(version.pk), reason=str(error))
        note_evidence_problem(version, problem=str(error) or type(error).__name__)
        return False
    return True
