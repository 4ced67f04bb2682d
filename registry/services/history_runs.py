"""Keep how a version's newest run over history ended. Nothing is run here."""

from __future__ import annotations

import uuid
from datetime import datetime

from registry.models import HistoryRun


def note_history_run(
    version_id: uuid.UUID,
    *,
    source_sha256: str,
    manifest_sha256: str,
    problem: str,
    now: datetime,
) -> HistoryRun:
    """Keep how a run of a version over history ended; an empty ``problem`` is a good end."""
    run, _ = HistoryRun.objects.update_or_create(
        version_id=version_id,
        defaults={
            "source_sha256": source_sha256,
            "manifest_sha256": manifest_sha256,
            "problem": problem,
            "ended_at": now,
        },
    )
    return run
