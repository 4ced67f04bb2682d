"""Many approved versions at once, with a few statements; the database's own rules still hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import User
from accounts.principals import principal_of
from common.canonical import sha256
from registry.manifest import complete_manifest
from registry.models import Review, Script, ScriptVersion, Verdict, VersionEvidence
from tests.factories import NOON, evidence_report


def make_scripts(owner: User, count: int, *, name: str = "Many") -> list[Script]:
    """Build scripts without a version."""
    return Script.objects.bulk_create(
        Script(
            tenant_id=principal_of(owner).tenant_id,
            owner=owner,
            name=f"{name} {number}",
            created_at=NOON,
            updated_at=NOON,
        )
        for number in range(count)
    )


def approve_versions(
    scripts: Sequence[Script],
    reviewer: User,
    *,
    number: str = "1.0.0",
    manifests: Sequence[Mapping[str, Any]] | None = None,
) -> list[ScriptVersion]:
    """Give each script a version of this number, approved on clean evidence."""
    versions = [
        _draft(script, number, manifests[at] if manifests else {})
        for at, script in enumerate(scripts)
    ]
    ScriptVersion.objects.bulk_create(versions)
    created = ScriptVersion.objects.filter(pk__in=[version.pk for version in versions])
    created.update(status="submitted", submitted_at=NOON)
    VersionEvidence.objects.bulk_create(
        VersionEvidence(version=v, **_hashes(v), made_at=NOON, report=evidence_report())
        for v in versions
    )
    Review.objects.bulk_create(
        Review(version=v, reviewer=reviewer, verdict=Verdict.APPROVE, created_at=NOON, **_hashes(v))
        for v in versions
    )
    for version in versions:
        version.status = "approved"
        version.submitted_at = version.approved_at = NOON
        version.approved_by = reviewer
        version.approved_sha256 = version.source_sha256
        version.approved_manifest_sha256 = version.manifest_sha256
    fields = ("status", "approved_at", "approved_by", "approved_sha256", "approved_manifest_sha256")
    ScriptVersion.objects.bulk_update(versions, fields)
    return versions


def _draft(script: Script, number: str, manifest: Mapping[str, Any]) -> ScriptVersion:
    # Long enough that half of it is something else.
    source = f"emit_signal({{'value': 1}})  # {script.name} {number} {'.' * 400}\n"
    return ScriptVersion(
        script=script,
        version=number,
        author=script.owner,
        source=source,
        source_sha256=sha256(source.encode()),
        manifest=complete_manifest(manifest, max_bytes=32_768),
        release_note="One of many.",
        created_at=NOON,
        edited_at=NOON,
    )


def _hashes(version: ScriptVersion) -> dict[str, str]:
    return {
        "source_sha256": version.source_sha256,
        "manifest_sha256": version.manifest_sha256,
    }
