"""How long the answers to reads are kept, and so for how long a run can be repeated."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from gateway import contents

BATCH = 500  # contents in one transaction
BATCHES = 20  # in one pass, so that the reaper's other work is never far


def forget_old_contents(*, now: datetime) -> int:
    """Remove contents that no read of the last CAPSULE_RETENTION_DAYS was answered with.

    Returns how many; a pass is bounded, and the next one goes on where it ended.
    """
    kept_for = timedelta(days=settings.CAPSULE_RETENTION_DAYS)
    removed = 0
    for _ in range(BATCHES):
        batch = contents.prune(unused_since=now - kept_for - contents.FRESH, limit=BATCH)
        removed += batch
        if batch < BATCH:
            break
    return removed
