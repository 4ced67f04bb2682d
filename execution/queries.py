"""Read-only questions about executions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import User
from common import row_scope
from execution.models import Execution

# By the newest run of each plan, which its index has; trouble of ours and cancellations are none.
_LAST_RUNS = """
SELECT e.stream_id, max(e.finished_at)
FROM execution_realtimeplan p
JOIN registry_scriptversion v ON v.id = p.version_id
CROSS JOIN LATERAL (
    SELECT stream_id, finished_at FROM execution_execution
    WHERE plan_id = p.id AND finished_at IS NOT NULL
      AND status <> 'cancelled' AND outcome <> 'infrastructure'
    ORDER BY due_at DESC LIMIT 1
) e
WHERE v.script_id = %s AND p.instrument_key = %s AND p.timeframe = %s
GROUP BY e.stream_id
"""


def own_execution(execution_id: str, *, user: User) -> Execution | None:
    """Return a user's own execution by the identifier callers see, or None."""
    try:
        pk = UUID(execution_id.rpartition("_")[2])
    except ValueError:
        return None
    execution = (
        Execution.objects.select_related("version__script", "product_subscription__product")
        .filter(pk=pk, user=user)
        .first()
    )
    if execution is None or execution.execution_id != execution_id:
        return None
    return execution


@row_scope.for_the_platform
def last_run_ends(script_id: UUID, instrument_key: str, timeframe: str) -> dict[int, datetime]:
    """Return when the newest realtime run of each stream of a script ended, by the stream's id.

    A stream speaks by its runs, whether or not they put anything out. Who may know of a stream is
    for the caller to decide: a run is everybody's who follows it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST_RUNS, [script_id, instrument_key, timeframe])
        return dict(cursor.fetchall())
