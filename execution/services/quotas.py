"""Whether there is room for another run: in the queue, for its user, and for its script.

All of it is asked in the transaction that creates the run, before the row exists.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from accounts import rates
from accounts.models import User
from common import rate_limits, row_scope
from common.errors import RateLimited, Unavailable
from common.rate_limits import Limit
from execution.models import UNFINISHED, Execution, ExecutionKind, ExecutionStatus
from gateway.reads import ReadQuota
from registry.models import Script

OF_SCRIPT = "executions_of_script"
READS_OF_SCRIPT = "reads_of_script"
LOCK = 0x5107  # of advisory locks: one user's requests are counted one after the other
RETRY_SECONDS = 5


class QueueFull(Unavailable):
    """Too many runs wait for a worker; nothing was started. Try again after Retry-After."""

    code = "queue_full"


class TooManyWaiting(RateLimited):
    """You have as many unfinished runs as your tier allows; wait until one is done."""

    code = "too_many_waiting"


class TooManyExecutions(RateLimited):
    """As many runs as are allowed a minute were asked for; try again after Retry-After."""

    code = "too_many_executions"


def require_room(script: Script, *, user: User) -> None:
    """Count one run of a script for a user, or raise what there is no room in."""
    if not settings.RATE_LIMITS_ENABLED:
        return
    _require_room_in_queue()
    _require_room_among_waiting(user)
    for limit, subject in (
        (rates.executions_of(user), rates.subject_of(user)),
        (executions_of(script), f"script:{script.pk}"),
    ):
        verdict = rate_limits.take(limit, subject)
        if not verdict.allowed:
            raise TooManyExecutions(**verdict.details())


def executions_of(script: Script) -> Limit:
    """Return how many runs of a script everybody together may ask for."""
    return Limit(
        OF_SCRIPT, _least(script.executions_per_minute, settings.SCRIPT_EXECUTIONS_PER_MINUTE)
    )


def reads_of(script: Script) -> Limit:
    """Return how much all runs of a script together may read."""
    return Limit(READS_OF_SCRIPT, _least(script.reads_per_minute, settings.SCRIPT_READS_PER_MINUTE))


def read_quota_of(execution: Execution) -> ReadQuota:
    """Return against whose minute a run's reads count.

    A run on a bar serves everybody who follows the script, and its pace is the market's: only its
    script is counted.
    """
    script = execution.version.script
    user = None if execution.kind == ExecutionKind.REALTIME else execution.user
    return ReadQuota(user=user, script_id=str(script.pk), of_script=reads_of(script))


def unfinished_of(user: User) -> int:
    """Return how many runs that a user asked for are not done."""
    mine = Execution.objects.filter(user=user, kind=ExecutionKind.ONETIME, status__in=UNFINISHED)
    return mine.count()


@row_scope.for_the_platform
def queue_depth(at_most: int) -> int:
    """Return how many runs wait for a worker; what lies beyond a number is not counted."""
    pending = Execution.objects.filter(status=ExecutionStatus.PENDING).order_by()
    return pending.values("pk")[:at_most].count()


def _least(own: int | None, of_platform: int) -> int:
    return of_platform if own is None else min(own, of_platform)


def _require_room_in_queue() -> None:
    ceiling = settings.EXECUTION_QUEUE_MAX
    if queue_depth(ceiling) >= ceiling:
        raise QueueFull(waiting=ceiling, retry_after_seconds=RETRY_SECONDS)


def _require_room_among_waiting(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, user.pk])
    allowed, waiting = rates.tier_of(user).executions_waiting, unfinished_of(user)
    if waiting >= allowed:
        raise TooManyWaiting(
            limit="executions_waiting",
            allowed=allowed,
            waiting=waiting,
            retry_after_seconds=RETRY_SECONDS,
        )
