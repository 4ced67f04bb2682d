"""Executions that wait for others: the levels of a bar, and the bars of a plan in their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from execution import queue
from execution.models import Execution

RELEASE = """
UPDATE execution_execution
SET waits_for = remaining.ids,
    status = CASE WHEN cardinality(remaining.ids) = 0 THEN 'pending' ELSE 'waiting' END,
    queued_at = %(now)s
FROM (
    SELECT id, ARRAY(SELECT unnest(waits_for) EXCEPT SELECT unnest(%(done)s::uuid[])) AS ids
    FROM execution_execution
    WHERE status = 'waiting' AND instrument_key = ANY(%(instruments)s)
        AND waits_for && %(done)s::uuid[]
    ORDER BY id FOR UPDATE
) AS remaining
WHERE execution_execution.id = remaining.id
RETURNING execution_execution.id, version_id, status
"""


def release(done: Sequence[Execution], *, now: datetime) -> None:
    """Strike finished executions from the lists of those that wait for them.

    Runs in the transaction that finishes them; those with nothing left to wait for are queued
    when it commits. Who waits for another runs for the same instrument.
    """
    if not done:
        return
    values: dict[str, Any] = {
        "done": [execution.pk for execution in done],
        "instruments": list({execution.instrument_key for execution in done}),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, values)
        ready = [row for row in cursor.fetchall() if row[2] == "pending"]
    queue.hand_over((version_id, pk) for pk, version_id, _ in ready)
