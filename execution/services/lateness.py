"""Which runs come after newer ones of their plan: only what an operator has had run again can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from execution.models import Execution, ExecutionStatus
from streams.models import Stream


def late_among(executions: Sequence[Execution]) -> set[UUID]:
    """Return which of some runs are to put out something after a newer run of their plan has.

    In the transaction that publishes it: their streams stay locked until it ends, so that nothing
    newer comes in between. Where nothing was run again it asks nothing.
    """
    again = [one for one in executions if one.was_run_again and one.plan_id is not None]
    if not again:
        return set()
    # All streams of the transaction, as it will take them for their numbers.
    _lock_streams({one.stream_id for one in executions if one.stream_id is not None})
    return {one.pk for one in again if _has_newer_outputs(one)}


def _lock_streams(ids: Iterable[int]) -> None:
    rows = Stream.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


def _has_newer_outputs(execution: Execution) -> bool:
    newer = Execution.objects.filter(
        plan=execution.plan_id, due_at__gt=execution.due_at, status=ExecutionStatus.COMPLETED
    )
    return newer.exclude(outputs=[]).exists()
