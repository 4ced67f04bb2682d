"""What waits for a worker: how much of which priority, and for how long already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from execution.models import Execution, ExecutionStatus, RunPriority, Trial, TrialStatus

REALTIME = (RunPriority.PAID, RunPriority.FREE)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits of one priority; the most urgent has the lowest number."""

    priority: int
    name: str
    count: int
    oldest_seconds: float


def backlog(*, now: datetime) -> list[Waiting]:
    """Return what waits, by priority, the most urgent first; each priority is there."""
    rows = (
        Execution.objects.filter(status=ExecutionStatus.PENDING)
        .order_by()
        .values("priority")
        .annotate(count=Count("pk"), oldest=Min("queued_at"))
    )
    found = {row["priority"]: (row["count"], row["oldest"]) for row in rows}
    return [
        _waiting(priority, *found.get(priority, (0, None)), now=now) for priority in RunPriority
    ]


def trials_waiting(*, now: datetime) -> tuple[int, float]:
    """Return how many trials wait, and for how many seconds the oldest has."""
    row = Trial.objects.filter(status=TrialStatus.PENDING).aggregate(
        count=Count("pk"), oldest=Min("requested_at")
    )
    return row["count"], _age(row["oldest"], now)


def realtime_wait_seconds(waiting: list[Waiting]) -> float:
    """Return how long the oldest run of a bar, tick or schedule has been waiting."""
    return max(one.oldest_seconds for one in waiting if one.priority in REALTIME)


def _waiting(
    priority: RunPriority, count: int, oldest: datetime | None, *, now: datetime
) -> Waiting:
    return Waiting(
        priority=int(priority),
        name=str(priority.label),
        count=count,
        oldest_seconds=_age(oldest, now),
    )


def _age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
