"""Which streams have a run that is at work, or one that waits in a queue that moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from execution.listened import Stream, StreamKey
from execution.models import RunPriority

MOVED_WITHIN = timedelta(seconds=5)

_UNFINISHED = """
SELECT v.script_id, p.product_id, p.instrument_key, p.timeframe, p.trigger, p.schedule,
       p.params_sha256,
       e.status = 'running' AND e.lease_until >= %(now)s,
       e.status <> 'running'
FROM execution_realtimeplan p
JOIN registry_scriptversion v ON v.id = p.version_id
JOIN execution_execution e ON e.plan_id = p.id AND e.status IN ('waiting', 'pending', 'running')
WHERE p.instrument_key = ANY(%(instruments)s)
"""
# Workers take realtime runs first: while one is at work, or anything ends, the others' turn comes.
_MOVES = """
SELECT EXISTS (
    SELECT 1 FROM execution_execution
    WHERE status = 'running' AND lease_until >= %(now)s AND priority <= %(realtime)s
) OR EXISTS (
    SELECT 1 FROM execution_execution
    WHERE finished_at > %(lately)s AND started_at IS NOT NULL
      AND status <> 'cancelled' AND outcome <> 'infrastructure'
)
"""


def in_hand(streams: Sequence[Stream], *, now: datetime) -> set[StreamKey]:
    """Return the keys of those streams whose run somebody has in hand, or will soon."""
    if not streams:
        return set()
    wanted = {stream.key for stream in streams}
    values: dict[str, Any] = {
        "now": now,
        "instruments": list({stream.instrument_key for stream in streams}),
        "realtime": RunPriority.FREE.value,
        "lately": now - MOVED_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED, values)
        rows = [(row[:7], *row[7:]) for row in cursor.fetchall() if row[:7] in wanted]
        at_work = {key for key, is_at_work, _ in rows if is_at_work}
        waiting = {key for key, _, waits in rows if waits} - at_work
        if not waiting:
            return at_work
        cursor.execute(_MOVES, values)
        return at_work | waiting if cursor.fetchone()[0] else at_work
