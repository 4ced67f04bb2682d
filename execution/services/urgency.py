"""Which pending executions come next: the most urgent, and now and then whoever waited longest.

The queue only says that there is work. What it is, the table says at the moment when a worker has
time for it, so that what is urgent overtakes what was queued before.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from execution.models import RunPriority

# One batch in so many goes to whoever has waited longest, whatever they are, if it is longer than
# patience: however much is urgent, the rest gets a tenth of the workers.
OLDEST_EVERY = 10
PATIENCE = timedelta(seconds=10)
# A batch that has begun is not cut short. Where realtime ran lately more of it will come, and what
# is less urgent is taken a few at a time, so that there is less to wait for.
OTHERS_AT_ONCE = 3
LATELY_SECONDS = 60.0
# What is not paid for is taken in small batches even so; only a bar's paid plans go all at once.
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
_REALTIME = _TAKE.format(
    condition=f"AND priority <= {RunPriority.FREE.value}", order="priority, queued_at, id"
)
_URGENT = _TAKE.format(condition="", order="priority, queued_at, id")
_OLDEST = _TAKE.format(condition="AND queued_at < %(before)s", order="queued_at, id")


class Turns:
    """Says when it is the turn of whoever has waited longest, and how many others go at once.

    It may be used by several threads.
    """

    def __init__(
        self, every: int = OLDEST_EVERY, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every = every
        self._count = itertools.count(1)
        self._clock = clock
        self._realtime_at = float("-inf")

    def is_the_oldests(self) -> bool:
        """Count a turn and tell whose it is."""
        return next(self._count) % self._every == 0

    def note(self, priorities: Iterable[int]) -> None:
        """Remember what was taken."""
        if any(priority <= RunPriority.FREE for priority in priorities):
            self._realtime_at = self._clock()

    def others_at_most(self, at_most: int) -> int:
        """Return how many go at once of what is less urgent than realtime."""
        is_used = self._clock() - self._realtime_at < LATELY_SECONDS
        return min(at_most, OTHERS_AT_ONCE) if is_used else at_most


def most_urgent(
    *, at_most: int, others_at_most: int, oldest_first: bool, now: datetime
) -> list[UUID]:
    """Lock and return the executions that come next, all of one version and as urgent."""
    steps: list[tuple[str, int]] = [(_URGENT, others_at_most)]
    if others_at_most < at_most:
        steps.insert(0, (_REALTIME, at_most))
    if oldest_first:
        steps.insert(0, (_OLDEST, others_at_most))
    values: dict[str, int | datetime] = {
        "paid": RunPriority.PAID,
        "unpaid": MOST_UNPAID,
        "before": now - PATIENCE,
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement, limit in steps:
            cursor.execute(statement, {**values, "at_most": limit})
            if ids := [pk for (pk,) in cursor.fetchall()]:
                return ids
    return []
