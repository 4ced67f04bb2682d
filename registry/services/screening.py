"""Keep what screening found with the version it was found in. Nothing is screened here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from registry import access, lifecycle
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionScreening
from registry.models.screenings import PROBLEM_MAX_LENGTH
from registry.services.drafts import require_author

# What a reviewer should look at twice, and say something about.
GRAVE_LEVELS = ("danger", "rejected")


def request_screening(
    version: ScriptVersion, *, acting_user: User, now: datetime
) -> VersionScreening:
    """Ask for a screening of a draft as it is now.

    Raises
    ------
    NotTheAuthor
        The acting user does not write this script.
    NoSuchScript
        The acting user may not know of it.
    """
    access.principal_in(version.script, acting_user)
    require_author(version.script, acting_user)
    screening, _ = VersionScreening.objects.update_or_create(
        version=version, defaults={"requested_at": now}
    )
    return screening


def versions_to_screen(*, rules_sha256: str) -> QuerySet[ScriptVersion]:
    """Return what waits for a screening, longest first: submitted versions, and those asked for."""
    made = VersionScreening.objects.filter(version=OuterRef("pk"), screened_at__isnull=False)
    current = made.filter(source_sha256=OuterRef("source_sha256"), rules_sha256=rules_sha256)
    wished = VersionScreening.objects.filter(
        Q(screened_at=None) | Q(screened_at__lt=F("requested_at")),
        version=OuterRef("pk"),
        requested_at__isnull=False,
    )
    waiting = Q(status=VersionStatus.SUBMITTED) & ~Exists(current)
    editable = Q(status__in=lifecycle.EDITABLE) & Exists(wished)
    return ScriptVersion.objects.filter(waiting | editable).order_by("edited_at")


def keep_screening(
    version: ScriptVersion,
    *,
    findings: list[dict[str, Any]],
    worst_level: str,
    rules_sha256: str,
    facts: dict[str, list[str]] | None = None,
    now: datetime,
) -> VersionScreening:
    """Keep what was found in the source that was read, and what it uses where that is known."""
    screening, _ = VersionScreening.objects.update_or_create(
        version=version,
        defaults={
            "source_sha256": version.source_sha256,
            "rules_sha256": rules_sha256,
            "findings": findings,
            "worst_level": worst_level,
            "facts": facts,
            "screened_at": now,
            "problem": "",
        },
    )
    return screening


def note_screening_problem(version: ScriptVersion, *, problem: str) -> None:
    """Keep why a version could not be screened; it goes on waiting."""
    VersionScreening.objects.update_or_create(
        version=version, defaults={"problem": problem[:PROBLEM_MAX_LENGTH]}
    )


def screening_of(version: ScriptVersion) -> VersionScreening | None:
    """Return the screening of exactly a version's source, or None while there is none."""
    return VersionScreening.objects.filter(
        version=version, source_sha256=version.source_sha256, screened_at__isnull=False
    ).first()


def has_grave_findings(version: ScriptVersion) -> bool:
    """Tell whether screening found what an honest script hardly has."""
    screening = screening_of(version)
    return screening is not None and screening.worst_level in GRAVE_LEVELS
