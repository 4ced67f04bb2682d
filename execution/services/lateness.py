"""Which runs put something out after newer ones of their stream have.

Runs of a plan wait for each other, so that of theirs only what an operator has had run again can.
A run that somebody asked for waits for nobody: a newer bar may be run for before its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from execution.models import Execution, ExecutionStatus, RealtimePlan, Trigger
from market.timeframes import Timeframe
from streams.models import Stream

# From a bar's opening, by which a plan's runs are found, to its close, which is their clock.
BESIDES_ITS_LENGTH = timedelta(days=1)


def late_among(executions: Sequence[Execution]) -> set[UUID]:
    """Return which of some runs are to put out something after a newer run of their stream has.

    In the transaction that publishes it: their streams stay locked until it ends, so that nothing
    newer comes in between. Where all are a plan's and none was run again it asks nothing.
    """
    candidates = [one for one in executions if one.was_run_again or one.plan_id is None]
    candidates = [one for one in candidates if one.stream_id is not None]
    if not candidates:
        return set()
    # All streams of the transaction, as it will take them for their numbers.
    lock_streams({one.stream_id for one in executions if one.stream_id is not None})
    return {one.pk for one in candidates if _has_newer_outputs(one)}


def lock_streams(ids: Iterable[int]) -> None:
    """Let nobody else publish to some streams until this transaction ends."""
    rows = Stream.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


def _has_newer_outputs(execution: Execution) -> bool:
    spoke = Execution.objects.filter(status=ExecutionStatus.COMPLETED).exclude(outputs=[])
    if execution.plan_id is not None:
        return spoke.filter(plan=execution.plan_id, due_at__gt=execution.due_at).exists()
    newer = spoke.filter(stream=execution.stream_id, as_of__gt=execution.as_of)
    since = execution.as_of - Timeframe(execution.timeframe).length - BESIDES_ITS_LENGTH
    of_plans = newer.filter(plan__in=list(_plans_beside(execution)), due_at__gt=since)
    return of_plans.exists() or newer.filter(plan=None).exists()


def _plans_beside(execution: Execution) -> QuerySet[RealtimePlan, UUID]:
    """Return the plans, of any version, whose runs may be in a run's stream: those by bars."""
    subscription = execution.product_subscription
    same = RealtimePlan.objects.filter(
        product=subscription.product_id if subscription else None,
        version__script=execution.version.script_id,
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        trigger=Trigger.BAR,
        params_sha256=execution.params_sha256,
    )
    return same.values_list("pk", flat=True)
