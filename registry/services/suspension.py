"""Stop a version at once, and let it run again: the platform does the one, an operator the other.

A suspension is no step of the version's life: it lies over whatever state the version is in.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from common.errors import Conflict, Forbidden
from registry import access
from registry.models import ScriptVersion
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.texts import clean_text


class NotSuspended(Conflict):
    """This version is not suspended."""

    code = "not_suspended"


class SuspensionOfOwnVersion(Forbidden):
    """Somebody else must decide this: nobody lifts the suspension of their own version."""

    code = "suspension_of_own_version"


@transaction.atomic
def suspend_version(
    version: ScriptVersion, *, reason: str, execution_id: uuid.UUID, now: datetime
) -> bool:
    """Let nothing of a version start any more; return False when it was suspended already.

    The platform itself acts. Whoever starts a run share-locks the version's row, so that nothing
    starts after this has committed.
    """
    updated = ScriptVersion.objects.filter(pk=version.pk, suspended_at=None).update(
        suspended_at=now,
        suspension_reason=reason[:NOTE_MAX_LENGTH],
        suspended_by_execution=execution_id,
    )
    version.refresh_from_db()
    if not updated:
        return False
    audit.record(
        "version_suspended",
        version,
        chain=version.script.tenant.slug,
        acting_user=None,
        now=now,
        before={"suspended_at": None},
        after={
            "suspended_at": now.isoformat(),
            "execution": str(execution_id),
            "script": str(version.script_id),
            "version": version.version,
            "source_sha256": version.source_sha256,
        },
        reason=version.suspension_reason,
    )
    return True


@transaction.atomic
def lift_suspension(
    version: ScriptVersion, *, reason: str, acting_user: User, now: datetime
) -> ScriptVersion:
    """Let a suspended version run again, saying why.

    Raises
    ------
    RoleRequired, SuspensionOfOwnVersion, NoSuchScript
        The acting user does not operate the version's house, or wrote it.
    InvalidText
        There is no reason.
    NotSuspended
        It is not suspended, or somebody else was quicker.
    """
    require_may_lift(version, acting_user)
    reason = clean_text(reason, field="reason", max_length=NOTE_MAX_LENGTH, required=True)
    version.refresh_from_db(from_queryset=ScriptVersion.objects.select_for_update(no_key=True))
    if version.suspended_at is None:
        raise NotSuspended(version=str(version))
    before = {
        "suspended_at": version.suspended_at.isoformat(),
        "reason": version.suspension_reason,
        "execution": str(version.suspended_by_execution),
    }
    version.suspended_at = None
    version.suspension_reason = ""
    version.suspended_by_execution = None
    version.save(update_fields=["suspended_at", "suspension_reason", "suspended_by_execution"])
    audit.record(
        "suspension_lifted",
        version,
        chain=version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after={"suspended_at": None},
        reason=reason,
    )
    return version


def require_may_lift(version: ScriptVersion, user: User) -> None:
    """Raise unless a user may lift a version's suspension."""
    access.principal_in(version.script, user).require_role(Role.OPERATOR)
    if user.pk in (version.author_id, version.script.owner_id):
        raise SuspensionOfOwnVersion(version=str(version))
