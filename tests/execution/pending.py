"""Many pending executions at once, for tests of who takes which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import User
from common.canonical import digest
from execution.models import Execution, ExecutionStatus, RunPriority
from registry.models import ScriptVersion


def make_pending(
    version: ScriptVersion,
    users: Iterable[User],
    *,
    now: datetime,
    priority: RunPriority = RunPriority.ONETIME,
    instruments: Iterable[str] = ("IBM",),
    waited: timedelta = timedelta(0),
) -> list[Execution]:
    """Make an execution for each user and instrument that waits for a worker since a while."""
    return Execution.objects.bulk_create(
        Execution(
            kind="onetime",
            version=version,
            user=user,
            instrument_key=instrument,
            timeframe="1d",
            params_sha256=digest({}),
            as_of=now,
            created_at=now,
            queued_at=now - waited + timedelta(milliseconds=position),
            priority=priority,
            status=ExecutionStatus.PENDING,
        )
        for user in users
        for position, instrument in enumerate(instruments)
    )
