"""Which process makes which deliveries: a lease, renewed while it works, and a fence at the end.

Of what is due, no host and no owner gets more than a share of a process's attempts: one receiver
that hangs holds up itself, and what waits for it takes nobody's place.
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

# What there is no room for is left out before anything is counted off, so that it takes nobody's
# place. Then each owner names what they have room for, and each host chooses among what is named:
# in both the next to go is of those who have least under way there, and among equals the oldest.
CLAIM = """
    WITH held AS (
        SELECT * FROM unnest(%(hosts)s::text[], %(owners)s::bigint[], %(counts)s::int[])
            AS h (host, owner_id, n)
    ), of_hosts AS (
        SELECT host, sum(n) AS n FROM held GROUP BY host
    ), of_owners AS (
        SELECT owner_id, sum(n) AS n FROM held GROUP BY owner_id
    ), due AS (
        SELECT d.id, d.next_attempt_at, d.host, t.owner_id, COALESCE(held.n, 0) AS held,
            %(per_host)s - COALESCE(h.n, 0) AS host_room,
            %(per_owner)s - COALESCE(o.n, 0) AS owner_room,
            row_number() OVER (
                PARTITION BY t.owner_id, d.host ORDER BY d.next_attempt_at, d.id
            ) AS nth
        FROM streams_delivery d JOIN streams_destination t ON t.id = d.destination_id
        LEFT JOIN of_hosts h ON h.host = d.host
        LEFT JOIN of_owners o ON o.owner_id = t.owner_id
        LEFT JOIN held ON held.host = d.host AND held.owner_id = t.owner_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= %(now)s
          AND (d.lease_until IS NULL OR d.lease_until < %(now)s)
          AND (t.disabled_at IS NULL OR d.kind IN ('test', 'notice'))
          AND (t.verified_at IS NOT NULL OR d.kind IN ('confirmation', 'notice'))
          AND COALESCE(h.n, 0) < %(per_host)s AND COALESCE(o.n, 0) < %(per_owner)s
    ), asked AS (
        SELECT *, row_number() OVER (
            PARTITION BY owner_id ORDER BY held + nth, next_attempt_at, id
        ) AS of_owner
        FROM due WHERE nth <= host_room
    ), named AS (
        SELECT *, row_number() OVER (
            PARTITION BY host ORDER BY held + nth, next_attempt_at, id
        ) AS of_host
        FROM asked WHERE of_owner <= owner_room
    ), chosen AS (
        SELECT id FROM named WHERE of_host <= host_room
        ORDER BY next_attempt_at LIMIT %(slots)s
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
    under_way = Counter((claim.host, claim.owner_id) for claim in held)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "now": now,
                "lease_until": lease_end(now),
                "slots": slots,
                "per_host": settings.DELIVERY_SLOTS_PER_HOST,
                "per_owner": settings.DELIVERY_SLOTS_PER_OWNER,
                "hosts": [host for host, _ in under_way],
                "owners": [owner for _, owner in under_way],
                "counts": list(under_way.values()),
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
