"""What the queue or a dying worker lost: found in the table and sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django_q.brokers import get_broker

from accounts import audit
from accounts.models import User
from common.errors import Conflict
from execution import queue
from execution.models import Execution, ExecutionStatus, Resolution
from execution.models.dead_letters import WHY_MAX_LENGTH
from execution.services import claims, dead_letters, holds, trial_leases
from registry.texts import clean_text

LOCK = "signalhub:reaper"
BATCH = 200
# What is pending for so long, and more than the queue holds tasks for, has no task any more.
PENDING_GRACE = timedelta(seconds=3)
# A trial's id may be in the hands of a worker that has not claimed it yet.
TRIAL_GRACE = timedelta(seconds=15)


class NotRetryable(Conflict):
    """Only a failed or cancelled execution can be run again."""

    code = "not_retryable"


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What one pass did."""

    expired: int
    resent: int


@transaction.atomic
def recover(*, now: datetime) -> Recovered:
    """Take back expired leases and send lost ids again; one process at a time does this."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        if not cursor.fetchone()[0]:
            return Recovered(expired=0, resent=0)
    holds.end_what_is_held(now=now)
    again = trial_leases.recover_trials(
        grace=TRIAL_GRACE, is_queue_empty=get_broker().queue_size() == 0, now=now
    )
    return Recovered(expired=_take_back_expired(now=now), resent=_send_lost(now=now) + again)


@transaction.atomic
def run_again(execution: Execution, *, reason: str, acting_user: User, now: datetime) -> Execution:
    """Queue a failed or cancelled execution once more, by an operator's decision.

    Its attempts are fresh, and a dead letter about it is answered by that. What it puts out after
    outputs of later instants says that it is late.

    Raises
    ------
    InvalidText
        There is no reason, or a very long one.
    NotRetryable
    """
    reason = clean_text(reason, field="reason", max_length=WHY_MAX_LENGTH, required=True)
    before = {"status": execution.status, "outcome": execution.outcome}
    updated = Execution.objects.filter(
        pk=execution.pk, status__in=[ExecutionStatus.FAILED, ExecutionStatus.CANCELLED]
    ).update(
        status=ExecutionStatus.PENDING,
        outcome="",
        error=None,
        finished_at=None,
        attempts=0,
        # No attempt of before is one of these, also when nobody had begun it: see was_run_again.
        fence=F("fence") + 1,
        capsule_sha256="",
    )
    if updated == 0:
        raise NotRetryable(execution_id=execution.execution_id)
    execution.refresh_from_db()
    queue.send([execution], now=now)
    dead_letters.resolve(
        execution.dead_letters.all(),
        Resolution.RETRIED,
        why=reason,
        acting_user=acting_user,
        now=now,
    )
    audit.record(
        "execution_run_again",
        execution,
        chain=execution.version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after={"status": execution.status},
        reason=reason,
    )
    return execution


def _take_back_expired(*, now: datetime) -> int:
    expired = (
        Execution.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("version__script")
        .filter(status=ExecutionStatus.RUNNING, lease_until__lt=now)
        .order_by("lease_until")[:BATCH]
    )
    rows = list(expired)
    error = {"code": "worker_lost", "message": "The worker that ran this went away."}
    for row in rows:
        claims.give_back(claims.Claim(execution=row, fence=row.fence), now=now, error=error)
    queue.send([r for r in rows if r.attempts < settings.EXECUTION_MAX_ATTEMPTS], now=now)
    return len(rows)


def _send_lost(*, now: datetime) -> int:
    # A task takes whatever is most urgent when its turn comes, so it does not matter which are sent
    # again, only how many.
    # Of what is tried again nothing is in the queue, nor on its way there: its time comes here.
    pending = Execution.objects.filter(
        Q(queued_at__lt=now - PENDING_GRACE) | Q(attempts__gt=0, queued_at__lt=now),
        status=ExecutionStatus.PENDING,
    )
    missing = pending.count() - get_broker().queue_size() * queue.CHUNK
    if missing <= 0:
        return 0
    rows = pending.order_by("priority", "queued_at").values_list("version_id", "pk")
    ids = list(rows[: min(missing, BATCH)])
    queue.hand_over(ids)
    return len(ids)
