"""Which pending executions come next: the most urgent, and now and then whoever waited longest.

The queue only says that there is work. What it is, the table says at the moment when a worker has
time for it, so that what is urgent overtakes what was queued before.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from execution.models import RunPriority

# One batch in so many goes to whoever has waited longest, whatever they are, if it is longer than
# patience: however much is urgent, the rest gets a tenth of the workers.
OLDEST_EVERY = 10
PATIENCE = timedelta(seconds=10)

# What is less urgent is taken in small batches, so that what is urgent soon has its turn.
MOST_UNPAID = 10

# What was tried before waits for its time. The first is locked before the others are looked for,
# and its kind decides which these are.
_TAKE = """
WITH head AS (
    SELECT version_id, priority FROM execution_execution
    WHERE status = 'pending' AND (attempts = 0 OR queued_at <= %(now)s) {condition}
    ORDER BY {order} LIMIT 1 FOR UPDATE SKIP LOCKED
)
SELECT execution.id FROM execution_execution AS execution
JOIN head ON execution.version_id = head.version_id AND execution.priority = head.priority
WHERE execution.status = 'pending' AND (execution.attempts = 0 OR execution.queued_at <= %(now)s)
ORDER BY execution.queued_at, execution.id
LIMIT (SELECT CASE WHEN priority = %(paid)s THEN %(at_most)s
                  ELSE least(%(at_most)s, %(unpaid)s) END FROM head)
FOR UPDATE OF execution SKIP LOCKED
"""
_URGENT = _TAKE.format(condition="", order="priority, queued_at, id")
_OLDEST = _TAKE.format(condition="AND queued_at < %(before)s", order="queued_at, id")


class Turns:
    """Says when it is the turn of whoever has waited longest; safe to use from threads."""

    def __init__(self, every: int = OLDEST_EVERY) -> None:
        self._every = every
        self._count = itertools.count(1)

    def is_the_oldests(self) -> bool:
        """Count a turn and tell whose it is."""
        return next(self._count) % self._every == 0


def most_urgent(*, at_most: int, oldest_first: bool, now: datetime) -> list[UUID]:
    """Lock and return the executions that come next, all of one version and as urgent."""
    values: dict[str, int | datetime] = {
        "at_most": at_most,
        "paid": RunPriority.PAID,
        "unpaid": MOST_UNPAID,
        "before": now - PATIENCE,
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in [_OLDEST, _URGENT] if oldest_first else [_URGENT]:
            cursor.execute(statement, values)
            if ids := [pk for (pk,) in cursor.fetchall()]:
                return ids
    return []
