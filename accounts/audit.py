"""Write and verify the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from accounts.models import ApiKey, AuditEvent, Membership, Role, Tenant, User
from accounts.principals import NoTenant, has_role, principal_of
from common import row_scope
from common.canonical import digest

GENESIS = "0" * 64
SYSTEM = "the platform"
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
    last = AuditEvent.objects.filter(chain=chain).order_by("-position").first()
    row = AuditEvent(
        chain=chain,
        position=last.position + 1 if last else 1,
        at=now,
        event=event,
        actor=acting_user,
        actor_name=acting_user.username if acting_user else SYSTEM,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        before=before or {},
        after=after or {},
        reason=reason,
        previous_hash=last.event_hash if last else GENESIS,
    )
    row.event_hash = event_hash(row)
    row.save(force_insert=True)
    return row


def chain_of(subject: models.Model) -> str:
    """Return the chain of the house that a person, key, membership or tenant is of.

    What concerns no house, or somebody who is of none, is the platform's.
    """
    if isinstance(subject, Tenant):
        return subject.slug
    if isinstance(subject, Membership):
        return subject.tenant.slug
    user = subject.user if isinstance(subject, ApiKey) else subject
    try:
        return principal_of(user).tenant_slug if isinstance(user, User) else PLATFORM_CHAIN
    except NoTenant:
        return PLATFORM_CHAIN


def may_read(user: object) -> bool:
    """Tell whether somebody may read the trail at all: operators, and superusers all of it."""
    return isinstance(user, User) and (
        (user.is_active and user.is_superuser) or has_role(user, Role.OPERATOR)
    )


def chains_readable_by(operator: User) -> list[str]:
    """Return the chains that an operator reads: the own tenant's and the platform's."""
    return [PLATFORM_CHAIN, principal_of(operator).tenant_slug]


def event_hash(row: AuditEvent) -> str:
    """Return the SHA-256 over a row's content and the hash before it."""
    return digest(
        {
            "chain": row.chain,
            "position": row.position,
            "at": row.at.isoformat(),
            "event": row.event,
            "actor": row.actor_name,
            "object": [row.object_type, row.object_id],
            "before": row.before,
            "after": row.after,
            "reason": row.reason,
            "previous": row.previous_hash,
        }
    )


def first_broken_event(chain: str) -> AuditEvent | None:
    """Return the first event of a chain that does not follow from the one before, or None."""
    expected_previous, expected_position = GENESIS, 1
    for row in AuditEvent.objects.filter(chain=chain).order_by("position").iterator():
        intact = (
            row.position == expected_position
            and row.previous_hash == expected_previous
            and row.event_hash == event_hash(row)
        )
        if not intact:
            return row
        expected_previous, expected_position = row.event_hash, expected_position + 1
    return None
