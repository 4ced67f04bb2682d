"""Executions that wait for others: the levels of a bar, and the bars of a plan in their order."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from execution import queue
from execution.models import Execution

RELEASE = """
UPDATE execution_execution
SET waits_for = array_remove(waits_for, %(done)s::uuid),
    status = CASE WHEN cardinality(array_remove(waits_for, %(done)s::uuid)) = 0
                  THEN 'pending' ELSE 'waiting' END,
    queued_at = %(now)s
WHERE status = 'waiting' AND waits_for @> ARRAY[%(done)s::uuid]
RETURNING id, status
"""


def release(done: Execution, *, now: datetime) -> None:
    """Strike a finished execution from the lists of those that wait for it.

    Runs in the transaction that finishes it; those with nothing left to wait for are queued when
    it commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"done": done.pk, "now": now})
        ready = [pk for pk, status in cursor.fetchall() if status == "pending"]
    queue.hand_over(ready)
