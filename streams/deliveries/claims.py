"""Which process makes which deliveries: a lease, renewed while it works, and a fence at the end.

Of what is due, no host and no owner gets more than a share of a process's attempts: one receiver
that hangs holds up itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts.houses import house_of
from streams.models import Delivery

CLAIM = """
    WITH ranked AS (
        SELECT d.id, d.next_attempt_at, d.host, t.owner_id,
            row_number() OVER (PARTITION BY d.host ORDER BY d.next_attempt_at, d.id) AS of_host,
            row_number() OVER (PARTITION BY t.owner_id ORDER BY d.next_attempt_at, d.id) AS of_owner
        FROM streams_delivery d JOIN streams_destination t ON t.id = d.destination_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= %(now)s
          AND (d.lease_until IS NULL OR d.lease_until < %(now)s)
          AND (t.disabled_at IS NULL OR d.kind IN ('test', 'notice'))
    ), chosen AS (
        SELECT ranked.id FROM ranked
        LEFT JOIN unnest(%(hosts)s::text[], %(host_counts)s::int[]) AS h (host, n)
            ON h.host = ranked.host
        LEFT JOIN unnest(%(owners)s::bigint[], %(owner_counts)s::int[]) AS o (id, n)
            ON o.id = ranked.owner_id
        WHERE of_host + COALESCE(h.n, 0) <= %(per_host)s
          AND of_owner + COALESCE(o.n, 0) <= %(per_owner)s
        ORDER BY ranked.next_attempt_at LIMIT %(slots)s
    ), locked AS (
        SELECT id FROM streams_delivery
        WHERE id IN (SELECT id FROM chosen) AND state = 'pending'
          AND (lease_until IS NULL OR lease_until < %(now)s)
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE streams_delivery d
    SET lease_until = %(lease_until)s, fence = fence + 1, attempts = attempts + 1,
        tries = tries + 1, attempted_at = %(now)s
    FROM locked WHERE d.id = locked.id RETURNING d.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt that is ours until its lease ends."""

    delivery_id: UUID
    destination_id: UUID
    fence: int
    host: str
    owner_id: int
    house: str  # of the owner; empty when they have none


def claim_deliveries(held: Collection[Claim], *, slots: int, now: datetime) -> list[Delivery]:
    """Take what is due and return it, the longest overdue first; ``held`` is under way here."""
    if slots <= 0:
        return []
    hosts = Counter(claim.host for claim in held)
    owners = Counter(claim.owner_id for claim in held)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "now": now,
                "lease_until": lease_end(now),
                "slots": slots,
                "per_host": settings.DELIVERY_SLOTS_PER_HOST,
                "per_owner": settings.DELIVERY_SLOTS_PER_OWNER,
                "hosts": list(hosts),
                "host_counts": list(hosts.values()),
                "owners": list(owners),
                "owner_counts": list(owners.values()),
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    claimed = Delivery.objects.filter(pk__in=ids).select_related("destination__owner")
    claimed = claimed.annotate(house=house_of("destination__owner"))
    return list(claimed.order_by("next_attempt_at", "pk"))


def claim_of(delivery: Any) -> Claim:
    """Return what a process notes of a delivery that ``claim_deliveries`` gave it."""
    return Claim(
        delivery.pk,
        delivery.destination_id,
        delivery.fence,
        delivery.host,
        delivery.destination.owner_id,
        delivery.house,
    )


def renew_leases(held: Sequence[Claim], *, now: datetime) -> None:
    """Keep what is under way; what somebody else has taken meanwhile stays theirs."""
    if not held:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE streams_delivery d SET lease_until = %s "
            "FROM unnest(%s::uuid[], %s::int[]) AS h (id, fence) "
            "WHERE d.id = h.id AND d.fence = h.fence AND d.state = 'pending'",
            [lease_end(now), [one.delivery_id for one in held], [one.fence for one in held]],
        )


def lease_end(now: datetime) -> datetime:
    """Return until when an attempt is its process's."""
    return now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
