"""What screening found, as a version's page shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from registry import lifecycle
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion, VersionScreening
from registry.services.screening import GRAVE_LEVELS, screening_of

# The worst first.
LEVELS = ("rejected", "danger", "caution", "info")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a page says about a version's screening; without a date it is still to be made."""

    findings: list[dict[str, Any]]
    summary: str
    is_grave: bool
    screened_at: datetime | None
    is_asked_for: bool
    problem: str
    may_ask: bool


def report_of(version: ScriptVersion, user: User) -> Report:
    """Return what screening found in a version, the worst first."""
    made = screening_of(version)
    kept = made or VersionScreening.objects.filter(version=version).first()
    findings = sorted(made.findings, key=_urgency) if made else []
    wished = bool(kept and kept.requested_at) and _is_later(kept)
    return Report(
        findings=[{**finding, "category": _in_words(finding)} for finding in findings],
        summary=_summary(findings),
        is_grave=bool(made and made.worst_level in GRAVE_LEVELS),
        screened_at=made.screened_at if made else None,
        is_asked_for=wished or (made is None and version.status == VersionStatus.SUBMITTED),
        problem=kept.problem if kept else "",
        may_ask=version.status in lifecycle.EDITABLE and user.pk == version.script.owner_id,
    )


def _is_later(kept: VersionScreening | None) -> bool:
    if kept is None or kept.requested_at is None:
        return False
    return kept.screened_at is None or kept.screened_at < kept.requested_at


def _urgency(finding: dict[str, Any]) -> tuple[int, int]:
    return LEVELS.index(finding["level"]), finding["line"] or 0


def _summary(findings: list[dict[str, Any]]) -> str:
    counts = Counter(finding["level"] for finding in findings)
    return ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])


def _in_words(finding: dict[str, Any]) -> str:
    words: str = finding["category"].replace("_", " ")
    return "look-ahead" if words == "look ahead" else words
