"""Who may run an execution, and whose result counts: lease, attempts and fence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from execution import queue
from execution.models import Execution, ExecutionKind, ExecutionStatus, Subscription
from execution.services import dependencies, waiting
from registry import access

NOT_ENTITLED = "not_entitled"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to finish one attempt of an execution. A later attempt has a higher fence."""

    execution: Execution
    fence: int


@transaction.atomic
def claim(execution_id: str, *, now: datetime) -> Claim | None:
    """Take a pending execution, or return None when there is nothing to run.

    The user's right is checked again here, with their entitlement rows locked until this
    transaction ends: a revocation that committed before never sees a start after it.
    """
    row = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("version__script", "user", "stream")
        .filter(pk=execution_id, status=ExecutionStatus.PENDING)
        .first()
    )
    if row is None:
        return None
    reader = _entitled_reader(row, now=now)
    if reader is None:
        _refuse(row, now=now)
        return None
    row.user = reader
    row.status = ExecutionStatus.RUNNING
    row.fence += 1
    row.attempts += 1
    row.started_at = now
    row.lease_until = now + timedelta(seconds=settings.EXECUTION_LEASE_SECONDS)
    row.save(update_fields=["user", "status", "fence", "attempts", "started_at", "lease_until"])
    return Claim(execution=row, fence=row.fence)


def finish(
    claimed: Claim, *, status: ExecutionStatus, outcome: str, now: datetime, **fields: Any
) -> bool:
    """Write the end of an attempt in the caller's transaction.

    Returns False, and changes nothing, when the attempt lost its lease to a later one.
    """
    updated = Execution.objects.filter(
        pk=claimed.execution.pk, fence=claimed.fence, status=ExecutionStatus.RUNNING
    ).update(status=status, outcome=outcome, finished_at=now, lease_until=None, **fields)
    if updated == 0:
        return False
    _after_end(claimed.execution, now=now)
    return True


@transaction.atomic
def give_back(claimed: Claim, *, now: datetime, error: dict[str, Any]) -> None:
    """Return an execution that our own trouble stopped: to the queue, or, in the end, as failed."""
    if claimed.execution.attempts >= settings.EXECUTION_MAX_ATTEMPTS:
        finish(
            claimed, status=ExecutionStatus.FAILED, outcome="infrastructure", now=now, error=error
        )
        return
    Execution.objects.filter(
        pk=claimed.execution.pk, fence=claimed.fence, status=ExecutionStatus.RUNNING
    ).update(status=ExecutionStatus.PENDING, lease_until=None, queued_at=now, error=error)


@transaction.atomic
def cancel_pending(execution: Execution, *, now: datetime, outcome: str) -> bool:
    """Cancel an execution that nobody started; return False when somebody has."""
    updated = Execution.objects.filter(
        pk=execution.pk, status__in=[ExecutionStatus.PENDING, ExecutionStatus.WAITING]
    ).update(status=ExecutionStatus.CANCELLED, outcome=outcome, finished_at=now)
    if updated:
        _after_end(execution, now=now)
    return bool(updated)


def _entitled_reader(row: Execution, *, now: datetime) -> User | None:
    # A one-time run is its caller's. A plan runs as long as one of its subscribers may read
    # everything it needs, and runs as that subscriber.
    return next((u for u in _candidates(row) if _may_run(u, row, now=now)), None)


def _candidates(row: Execution) -> list[User]:
    if row.kind != ExecutionKind.REALTIME:
        return [row.user]
    wanted_by = dependencies.scripts_that_need(row.version)
    users = User.objects.filter(
        is_active=True,
        subscriptions__in=Subscription.objects.filter(
            script__in=wanted_by,
            instrument_key=row.instrument_key,
            timeframe=row.timeframe,
            ended_at=None,
        ),
    ).distinct()
    return sorted(users, key=lambda user: (user.pk != row.user_id, user.pk))


def _may_run(user: User, row: Execution, *, now: datetime) -> bool:
    scripts = [row.version.script, *dependencies.required_scripts(row.version)]
    return all(access.lock_access(user, script, at=now) for script in scripts)


def _refuse(row: Execution, *, now: datetime) -> None:
    row.status = ExecutionStatus.CANCELLED
    row.outcome = NOT_ENTITLED
    row.error = {
        "code": NOT_ENTITLED,
        "message": "Nobody who asked for this run is entitled to the script any more.",
    }
    row.finished_at = now
    row.save(update_fields=["status", "outcome", "error", "finished_at"])
    _after_end(row, now=now)


def _after_end(execution: Execution, *, now: datetime) -> None:
    waiting.release(execution, now=now)
    if execution.kind == ExecutionKind.ONETIME:
        queue.announce_done(execution)
