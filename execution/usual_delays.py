"""How long each plan's runs take, from their creation to their end: by the newest of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import connection

NEWEST = 20
FEWEST = 3

# Plan by plan, by the index of its due instants: a day's bars are judged like those of a minute.
# The newest are taken before they are sorted out, or PostgreSQL would read all there ever were.
# What an operator had run again was created long before.
_USUAL_DELAYS = """
SELECT plan.id, percentile_disc(0.95) WITHIN GROUP (ORDER BY run.finished_at - run.created_at)
FROM unnest(%s::uuid[]) AS plan(id)
CROSS JOIN LATERAL (
    SELECT created_at, finished_at, status, outcome, fence, attempts FROM execution_execution
    WHERE plan_id = plan.id ORDER BY due_at DESC LIMIT %s
) AS run
WHERE run.finished_at IS NOT NULL AND run.status <> 'cancelled'
  AND run.outcome <> 'infrastructure' AND run.fence <= run.attempts
GROUP BY plan.id
HAVING count(*) >= %s
"""


def usual_delays(plans: Collection[UUID]) -> dict[UUID, timedelta]:
    """Return what 95 % of the newest runs of each plan took; plans with few runs are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_USUAL_DELAYS, [list(plans), NEWEST, FEWEST])
        return dict(cursor.fetchall())
