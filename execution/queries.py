"""Read-only questions about executions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Count, Q

from accounts.models import User
from execution.models import Execution, ExecutionStatus


@dataclass(frozen=True, kw_only=True)
class RecentRuns:
    """How the executions of the last while went."""

    finished: int
    completed: int
    failed: int
    mean_duration_ms: float | None
    waiting: int

    @property
    def success_rate(self) -> float | None:
        """The share of finished runs that completed, 0 to 1; None when none finished."""
        return self.completed / self.finished if self.finished else None


def own_execution(execution_id: str, *, user: User) -> Execution | None:
    """Return a user's own execution by the identifier callers see, or None."""
    try:
        pk = UUID(execution_id.rpartition("_")[2])
    except ValueError:
        return None
    execution = Execution.objects.select_related("version__script").filter(pk=pk, user=user).first()
    if execution is None or execution.execution_id != execution_id:
        return None
    return execution


def recent_runs(*, now: datetime, over: timedelta) -> RecentRuns:
    """Count the executions that finished within a while, and those that wait now."""
    ended = Execution.objects.filter(finished_at__gt=now - over)
    counts = ended.aggregate(
        finished=Count("pk", filter=~Q(status=ExecutionStatus.CANCELLED)),
        completed=Count("pk", filter=Q(status=ExecutionStatus.COMPLETED)),
        failed=Count("pk", filter=Q(status=ExecutionStatus.FAILED)),
        mean_duration_ms=Avg("duration_ms"),
    )
    waiting = Execution.objects.filter(
        status__in=[ExecutionStatus.PENDING, ExecutionStatus.WAITING]
    ).count()
    return RecentRuns(waiting=waiting, **counts)
