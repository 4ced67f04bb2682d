"""What was not run for is told in the next output of its stream, once, whoever counted it.

Ticks that were coalesced, instants and bars that were missed, and what came under a hold are
counted with the next run that there is. Where that run puts nothing out, its counts wait for an
output of its stream that is. What a hold ended is left to its lifting, which counts it as well.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from execution.held import Held
from execution.models import Execution
from execution.services.lateness import lock_streams

REASONS = ("coalesced", "missed", "held")
_DECLARE = """
UPDATE execution_execution SET undeclared = false
WHERE undeclared AND stream_id = ANY(%s) AND finished_at IS NOT NULL AND outcome <> %s
RETURNING stream_id, coalesced, missed, held
"""


def declare(stream_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return what the next output of each stream is to tell, counted by the reason, and note it.

    In the transaction that publishes these outputs, when its runs have their ends: their own
    counts are among them. Where there is nothing to tell it asks once.
    """
    waiting = Execution.objects.filter(
        undeclared=True, stream__in=list(stream_ids), finished_at__isnull=False
    )
    if not stream_ids or not waiting.exclude(outcome=Held.code).exists():
        return {}
    # Of two who publish to one stream, one tells of it.
    lock_streams(stream_ids)
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DECLARE, [list(stream_ids), Held.code])
        for stream_id, *counts in cursor.fetchall():
            told = found.setdefault(stream_id, dict.fromkeys(REASONS, 0))
            for reason, count in zip(REASONS, counts, strict=True):
                told[reason] += count
    return {
        stream_id: {reason: count for reason, count in told.items() if count}
        for stream_id, told in found.items()
    }
