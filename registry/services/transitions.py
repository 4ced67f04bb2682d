"""Take one step of a version's life: the guarded update and its audit row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from registry import lifecycle
from registry.lifecycle import Step
from registry.models import ScriptVersion


def take_step(
    version: ScriptVersion,
    step: Step,
    *,
    acting_user: User,
    now: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move a version to the step's target state, in the caller's transaction.

    The expected state is part of the WHERE clause: of two people who act at once exactly one
    updates the row, and the other is told what it has become. ``facts`` stand in the audit row.

    Raises
    ------
    WrongStatus
        The step's own kind of it, with the state that the version is in.
    """
    before = version.status
    updated = ScriptVersion.objects.filter(
        pk=version.pk, status__in=lifecycle.sources_of(step)
    ).update(status=lifecycle.target_of(step), **changes)
    version.refresh_from_db()
    if updated == 0:
        raise lifecycle.refusal(step, name=str(version), status=version.status)
    audit.record(
        f"version_{lifecycle.target_of(step)}",
        version,
        chain=version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before={"status": before},
        after={
            "status": version.status,
            "script": str(version.script_id),
            "version": version.version,
            "source_sha256": version.source_sha256,
            **(facts or {}),
            **({"repaints": True} if version.repaints else {}),
        },
        reason=reason,
    )
