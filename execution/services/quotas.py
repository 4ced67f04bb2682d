"""Whether there is room for another run: in the queue, for its user, and for its script.

And for another standing subscription of a user. All of it is asked in the transaction that creates
the row, before it exists.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from accounts import rates
from accounts.models import User
from common import rate_limits, row_scope
from common.errors import Conflict, RateLimited, Unavailable
from common.rate_limits import Limit
from execution.models import UNFINISHED, Execution, ExecutionKind, ExecutionStatus, Subscription
from gateway.reads import ReadQuota
from registry.models import Script

OF_SCRIPT = "executions_of_script"
READS_OF_SCRIPT = "reads_of_script"
# Of advisory locks: one user's requests are counted one after the other.
LOCK = 0x5107
LOCK_OF_SUBSCRIPTIONS = 0x5108
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


class TooManySubscriptions(Conflict):
    """You have as many standing subscriptions as your tier allows; end one of them first."""

    code = "too_many_subscriptions"


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


def lock_subscriptions_of(user: User) -> None:
    """Let nobody else count or make a user's standing subscriptions until this transaction ends."""
    _lock(LOCK_OF_SUBSCRIPTIONS, user)


def require_room_for_subscription(user: User) -> None:
    """Raise TooManySubscriptions when a user has as many as their tier allows; they are locked."""
    if not settings.RATE_LIMITS_ENABLED:
        return
    tier, standing = rates.tier_of(user), subscriptions_of(user)
    allowed = tier.standing_subscriptions
    if standing >= allowed:
        raise TooManySubscriptions(
            f"The {tier.name} tier allows {allowed} standing subscriptions, and you have "
            f"{standing}. End one of them first.",
            limit="standing_subscriptions",
            allowed=allowed,
            standing=standing,
        )


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


def subscriptions_of(user: User) -> int:
    """Return how many standing subscriptions a user has."""
    return Subscription.objects.filter(user=user, ended_at=None).count()


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
    _lock(LOCK, user)
    allowed, waiting = rates.tier_of(user).executions_waiting, unfinished_of(user)
    if waiting >= allowed:
        raise TooManyWaiting(
            limit="executions_waiting",
            allowed=allowed,
            waiting=waiting,
            retry_after_seconds=RETRY_SECONDS,
        )


def _lock(kind: int, user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, user.pk])
