"""Ask for the evidence that a review rests on, and keep it with the version it is about.

Nothing is run here. Whoever runs versions takes what is wanted under a lease, so that no two make
the same evidence and that of a dead worker is made again, and hands it up as data.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts import audit
from accounts.models import User
from common.errors import Conflict
from registry import access
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionEvidence
from registry.models.screenings import PROBLEM_MAX_LENGTH

ATTEMPTS_MAXIMUM = 3
POLL_SECONDS = 0.1


class EvidenceIsStale(Conflict):
    """The version has changed since it was run; the evidence is not about what it is now."""

    code = "evidence_is_stale"


@transaction.atomic
def request_evidence(
    version: ScriptVersion, *, acting_user: User, now: datetime
) -> VersionEvidence:
    """Ask for the evidence about a version as it is now, also when there is some already.

    Raises
    ------
    NoSuchScript
        The acting user may not read this source.
    """
    access.principal_in(version.script, acting_user)
    if not access.may_read_source(acting_user, version.script):
        raise access.NoSuchScript(script_id=str(version.script_id))
    evidence = want_evidence(version, now=now)
    _record("evidence_requested", version, acting_user=acting_user, now=now)
    return evidence


def want_evidence(version: ScriptVersion, *, now: datetime) -> VersionEvidence:
    """Note that evidence about a version is wanted, with fresh attempts."""
    wish = {"requested_at": now, "problem": "", "attempts": 0, "queued_at": None}
    evidence, _ = VersionEvidence.objects.update_or_create(version=version, defaults=wish)
    return evidence


def wanted_evidence() -> QuerySet[ScriptVersion]:
    """Return the versions about which evidence is wanted and may be tried to make, oldest first.

    What was submitted before evidence was made of anything counts as well.
    """
    open_wish = Q(evidence__requested_at__isnull=False) & (
        Q(evidence__made_at=None) | Q(evidence__made_at__lt=F("evidence__requested_at"))
    )
    never = Q(status=VersionStatus.SUBMITTED, evidence=None)
    return (
        ScriptVersion.objects.filter(never | open_wish & Q(evidence__attempts__lt=ATTEMPTS_MAXIMUM))
        .exclude(status=VersionStatus.WITHDRAWN)
        .filter(suspended_at=None)
        .order_by("evidence__requested_at", "submitted_at")
    )


@transaction.atomic
def queue_evidence(*, again_before: datetime, limit: int, now: datetime) -> list[uuid.UUID]:
    """Note that wanted evidence is handed to the queue; return of which versions.

    What was handed over before ``again_before`` and is in nobody's hands was lost on the way.
    """
    idle = Q(evidence=None) | Q(evidence__lease_until=None) | Q(evidence__lease_until__lt=now)
    unsent = Q(evidence=None) | Q(evidence__queued_at=None)
    unsent |= Q(evidence__queued_at__lt=again_before)
    found = list(wanted_evidence().filter(idle, unsent).values_list("pk", flat=True)[:limit])
    for pk in found:
        evidence, _ = VersionEvidence.objects.get_or_create(
            version_id=pk, defaults={"requested_at": now}
        )
        VersionEvidence.objects.filter(pk=evidence.pk).update(queued_at=now)
    return found


def hand_back_evidence(version_id: uuid.UUID | str) -> None:
    """Note that whoever was handed wanted evidence had no time for it: it is queued again."""
    rows = VersionEvidence.objects.filter(version=uuid.UUID(str(version_id)), lease_until=None)
    rows.update(queued_at=None)


@transaction.atomic
def take_evidence(
    version_id: uuid.UUID | str, *, lease_until: datetime, now: datetime
) -> ScriptVersion | None:
    """Take a version to make its evidence; None when nobody wants it, or somebody has it."""
    row = (
        VersionEvidence.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(version__in=wanted_evidence(), version=version_id)
        .filter(Q(lease_until=None) | Q(lease_until__lt=now))
        .first()
    )
    if row is None:
        return None
    row.lease_until = lease_until
    row.attempts += 1
    row.save(update_fields=["lease_until", "attempts"])
    versions = ScriptVersion.objects.select_related("script__tenant", "script__owner__tier")
    return versions.get(pk=version_id)


def wait_for_evidence(version: ScriptVersion, *, seconds: float) -> None:
    """Return when nothing is to be made of a version any more, or when the time is up."""
    until = time.monotonic() + seconds
    while wanted_evidence().filter(pk=version.pk).exists() and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def keep_taken(version: ScriptVersion, *, lease_until: datetime) -> None:
    """Say that the evidence about a version is still being made."""
    VersionEvidence.objects.filter(version=version).exclude(lease_until=None).update(
        lease_until=lease_until
    )


@transaction.atomic
def record_evidence(
    version: ScriptVersion, report: dict[str, Any], *, now: datetime
) -> VersionEvidence:
    """Keep what runs over history showed about exactly the source and manifest that were run.

    Raises
    ------
    EvidenceIsStale
        The version has others by now; nothing is kept.
    """
    current = ScriptVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if (current.source_sha256, current.manifest_sha256) != (
        version.source_sha256,
        version.manifest_sha256,
    ):
        raise EvidenceIsStale(version=str(version))
    evidence, _ = VersionEvidence.objects.update_or_create(
        version=version,
        defaults={
            "source_sha256": version.source_sha256,
            "manifest_sha256": version.manifest_sha256,
            "report": report,
            "made_at": now,
            "problem": "",
            "lease_until": None,
        },
    )
    verdict = report.get("lookahead", {}).get("verdict")
    _record("evidence_recorded", version, acting_user=None, now=now, verdict=verdict)
    return evidence


def note_evidence_problem(version: ScriptVersion, *, problem: str) -> None:
    """Keep why the evidence could not be made; it is tried again a few times."""
    VersionEvidence.objects.filter(version=version).update(
        problem=problem[:PROBLEM_MAX_LENGTH], lease_until=None, queued_at=None
    )


def _record(
    event: str, version: ScriptVersion, *, acting_user: User | None, now: datetime, **more: Any
) -> None:
    audit.record(
        event,
        version,
        chain=version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "source_sha256": version.source_sha256,
            "manifest_sha256": version.manifest_sha256,
            **more,
        },
    )
