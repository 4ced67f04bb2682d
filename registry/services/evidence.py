"""Ask for the evidence that a review rests on, and keep it with the version it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from registry import access
from registry.models import ScriptVersion, VersionEvidence


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
    evidence, _ = VersionEvidence.objects.update_or_create(
        version=version, defaults={"requested_at": now, "problem": ""}
    )
    return evidence


def record_evidence(
    version: ScriptVersion, report: dict[str, Any], *, now: datetime
) -> VersionEvidence:
    """Keep what runs over history showed about exactly this source and manifest."""
    evidence, _ = VersionEvidence.objects.update_or_create(
        version=version,
        defaults={
            "source_sha256": version.source_sha256,
            "manifest_sha256": version.manifest_sha256,
            "report": report,
            "made_at": now,
            "problem": "",
        },
    )
    return evidence
