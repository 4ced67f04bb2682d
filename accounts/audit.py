"""Write the audit trail, and say who may read it. ``audit_verification`` proves it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction

from accounts.models import (
    ApiKey,
    AuditEvent,
    AuditHead,
    LockOut,
    Membership,
    Role,
    SecondFactor,
    Tenant,
    TokenFamily,
    User,
)
from accounts.principals import NoTenant, has_role, principal_of
from common import row_scope
from common.canonical import digest

GENESIS = "0" * 64
SYSTEM = "the platform"
LEAST_EXPONENT = 1e16  # from here on a float is written with an exponent
OWNED = (ApiKey, LockOut, SecondFactor, TokenFamily)  # of the tenant of their user
PLATFORM_CHAIN = "platform"  # of what belongs to no tenant, such as the market's feeds


@row_scope.for_the_platform
def record(
    event: str,
    target: models.Model,
    *,
    chain: str,
    acting_user: User | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event to a tenant's chain, in the caller's transaction.

    ``acting_user`` is None only for the platform itself. The advisory lock makes writers of one
    chain wait for each other's commit, so positions have no hole and no fork.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit event belongs to its change.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit:{chain}"])
    head = AuditHead.objects.filter(pk=chain).first()
    row = AuditEvent(
        chain=chain,
        position=head.position + 1 if head else 1,
        at=now,
        event=event,
        actor=acting_user,
        actor_name=acting_user.username if acting_user else SYSTEM,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        before=_as_stored(before or {}),
        after=_as_stored(after or {}),
        reason=reason,
        previous_hash=head.event_hash if head else GENESIS,
    )
    row.event_hash = event_hash(row)
    row.save(force_insert=True)
    return row


def may_read(user: object) -> bool:
    """Tell whether somebody may read the trail at all: operators, and superusers all of it."""
    return isinstance(user, User) and (
        (user.is_active and user.is_superuser) or has_role(user, Role.OPERATOR)
    )


def chains_readable_by(operator: User) -> list[str]:
    """Return the chains that an operator reads: the own tenant's and the platform's."""
    return [PLATFORM_CHAIN, principal_of(operator).tenant_slug]


def chain_of(row: models.Model) -> str:
    """Return the chain of the tenant that a row belongs to: only its operators read of it."""
    if isinstance(row, Tenant):
        return row.slug
    if isinstance(row, Membership):
        return row.tenant.slug
    user = row.user if isinstance(row, OWNED) else row
    try:
        return principal_of(user).tenant_slug if isinstance(user, User) else PLATFORM_CHAIN
    except NoTenant:
        return PLATFORM_CHAIN


def event_hash(row: AuditEvent) -> str:
    """Return the SHA-256 over a row's content and the hash before it."""
    return content_hash(
        chain=row.chain,
        position=row.position,
        at=row.at,
        event=row.event,
        actor_name=row.actor_name,
        object_type=row.object_type,
        object_id=row.object_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
        previous_hash=row.previous_hash,
    )


def content_hash(
    *,
    chain: str,
    position: int,
    at: datetime,
    event: str,
    actor_name: str,
    object_type: str,
    object_id: str,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    previous_hash: str,
) -> str:
    """Return the SHA-256 of an event's canonical JSON."""
    return digest(
        {
            "chain": chain,
            "position": position,
            "at": at.astimezone(UTC).isoformat(),
            "event": event,
            "actor": actor_name,
            "object": [object_type, object_id],
            "before": before,
            "after": after,
            "reason": reason,
            "previous": previous_hash,
        }
    )


def _as_stored(value: Any) -> Any:
    # jsonb keeps numbers as decimals: there is no -0.0, and 1e22 comes back as an integer. The
    # hash has to be that of what comes back.
    if isinstance(value, dict):
        return {str(key): _as_stored(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_stored(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if abs(value) >= LEAST_EXPONENT else value + 0.0
    return value
