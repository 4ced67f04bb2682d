"""Count why a producer's requests were refused, day by day."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

COUNT = """
INSERT INTO ingest_producerfailure AS f (producer_id, day, reason, count, last_at)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (producer_id, day, reason) DO UPDATE
SET count = f.count + 1, last_at = GREATEST(f.last_at, EXCLUDED.last_at)
"""


def note_failure(producer_pk: int, reason: str, *, now: datetime) -> None:
    """Count one refusal; ``reason`` is an error's code, of which there is a closed set."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [producer_pk, now.astimezone(UTC).date(), reason, now])
