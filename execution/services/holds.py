"""The kill switch: place a hold, see first what it reaches, and lift it.

Nothing that a hold covers starts once it has committed; what was started before is ended, and what
it put out does not count. What comes while it lasts is passed over: it is not run afterwards, and
the next output of each stream declares how much it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import User
from common import row_scope
from common.errors import Conflict, NotFound
from execution import held
from execution.models import (
    UNFINISHED,
    UNFINISHED_TRIALS,
    Execution,
    ExecutionStatus,
    Hold,
    RealtimePlan,
    Subscription,
    Trial,
)
from execution.models.holds import REASON_MAX_LENGTH
from execution.services import claims, hold_targets, trial_leases
from execution.services.hold_targets import Target
from registry.texts import clean_text

AT_ONCE = 500
log = structlog.get_logger(__name__)
# Every start waits for it, so it looks at what holds have ended since, never at all that ever ran.
# Whoever ended something for a hold did so by its own machine's clock.
CLOCKS_APART = timedelta(minutes=5)
# Each run that a hold has ended, and what that run was to tell of.
_DECLARE = """
WITH stopped AS (
    SELECT id, plan_id,
           1 + CASE WHEN undeclared THEN coalesced + missed + held ELSE 0 END AS count
    FROM execution_execution
    WHERE outcome = 'held' AND finished_at >= %s AND error->>'hold' = %s AND plan_id IS NOT NULL
), told AS (
    UPDATE execution_execution SET undeclared = false
    WHERE undeclared AND id IN (SELECT id FROM stopped)
)
UPDATE execution_realtimeplan AS plan SET held = plan.held + total.count
FROM (SELECT plan_id, sum(count) AS count FROM stopped GROUP BY plan_id) AS total
WHERE total.plan_id = plan.id
"""


class AlreadyOnHold(Conflict):
    """This is on hold already."""

    code = "already_on_hold"


class NoSuchHold(NotFound):
    """There is no such hold, or you may not know of it."""

    code = "no_such_hold"


class HoldIsLifted(Conflict):
    """This hold was lifted before."""

    code = "hold_is_lifted"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a hold stops, as things stand."""

    plans: int
    subscribers: int
    running: int
    waiting: int
    trials: int

    def as_json(self) -> dict[str, int]:
        """Return the numbers by their names."""
        return dict(vars(self))


@row_scope.for_the_platform
@transaction.atomic
def place_hold(
    kind: str, target: str, *, reason: str, acting_user: User, now: datetime
) -> tuple[Hold, Reach]:
    """Stop everything, a house, an author, a script or an instrument; return what that reached.

    Raises
    ------
    RoleRequired, NoSuchTarget
        The acting user does not operate what is to be held.
    InvalidText
        There is no reason.
    AlreadyOnHold
        It is held already.
    """
    aim = hold_targets.target_of(kind, target, acting_user=acting_user)
    reason = clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH, required=True)
    held.lock_for_placing()
    if Hold.objects.filter(lifted_at=None, **aim.as_fields()).exists():
        raise AlreadyOnHold(kind=kind, target=target)
    hold = Hold(
        **aim.as_fields(),
        target_name=aim.name,
        reason=reason,
        placed_by=acting_user,
        placed_at=now,
    )
    reach = reach_of(hold)
    hold.save(force_insert=True)
    # Of what older holds cover nothing has been started since; meanwhile all starts wait here.
    end_what_is_held(by=[hold], now=now)
    after = reach.as_json()
    _record("hold_placed", hold, acting_user=acting_user, now=now, after=after, reason=reason)
    # What somebody had locked just now is ended right after.
    transaction.on_commit(lambda: end_what_is_held(by=[hold], now=now))
    return hold, reach


@row_scope.for_the_platform
@transaction.atomic
def lift_hold(hold_id: UUID, *, acting_user: User, now: datetime, reason: str = "") -> Hold:
    """Let run again what a hold stopped; what came meanwhile is declared and not run for.

    ``reason`` is why it is lifted, if somebody says so.

    Raises
    ------
    InvalidText
        The reason is too long, or not storable.
    NoSuchHold
        The acting user does not operate what it holds.
    HoldIsLifted
        Somebody was quicker.
    """
    reason = clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH)
    hold: Hold | None = (
        open_holds(acting_user).select_for_update(of=("self",)).filter(pk=hold_id).first()
    )
    if hold is None:
        raise NoSuchHold(hold_id=str(hold_id))
    if hold.lifted_at is not None:
        raise HoldIsLifted(hold_id=str(hold_id))
    held.lock_for_placing()
    hold.lifted_by, hold.lifted_at = acting_user, now
    hold.save(update_fields=["lifted_by", "lifted_at"])
    with connection.cursor() as cursor:
        cursor.execute(_DECLARE, [hold.placed_at - CLOCKS_APART, str(hold.pk)])
    after = {"lifted": True, "placed_because": hold.reason}
    _record("hold_lifted", hold, acting_user=acting_user, now=now, after=after, reason=reason)
    return hold


def open_holds(user: User) -> QuerySet[Hold]:
    """Return the holds, also lifted ones, that a user may see and lift."""
    holds = Hold.objects.select_related("placed_by", "lifted_by", "tenant")
    tenant_id = hold_targets.operated_tenant(user)
    if tenant_id is None:
        return holds if hold_targets.may_hold_anything(user) else holds.none()
    return holds.filter(tenant=tenant_id)


@row_scope.for_the_platform
def reach_for(kind: str, target: str, *, acting_user: User) -> tuple[Target, Reach]:
    """Return what a hold would stop if it were placed now."""
    aim = hold_targets.target_of(kind, target, acting_user=acting_user)
    return aim, reach_of(Hold(**aim.as_fields()))


def reach_of(hold: Hold) -> Reach:
    """Return what a hold, placed or not, covers of what runs, waits and is subscribed to."""
    asked = Subscription.objects.filter(ended_at=None).filter(
        held.covered_by(hold, script="script")
    )
    wanted = Subscription.objects.filter(
        script=OuterRef("version__script"),
        instrument_key=OuterRef("instrument_key"),
        timeframe=OuterRef("timeframe"),
        trigger=OuterRef("trigger"),
        schedule=OuterRef("schedule"),
        ended_at=None,
    )
    covered = held.covered_by(hold)
    executions = Execution.objects.filter(covered).order_by()
    plans = RealtimePlan.objects.filter(covered, Exists(wanted))
    return Reach(
        plans=plans.count(),
        subscribers=asked.order_by().values("user").distinct().count(),
        running=executions.filter(status=ExecutionStatus.RUNNING).count(),
        waiting=executions.filter(
            status__in=[ExecutionStatus.PENDING, ExecutionStatus.WAITING]
        ).count(),
        trials=Trial.objects.filter(covered, status__in=UNFINISHED_TRIALS).count(),
    )


@row_scope.for_the_platform
def end_what_is_held(*, by: Sequence[Hold] | None = None, now: datetime) -> int:
    """End what holds cover, some or all that there are, and is not done; return how much it was.

    What somebody has locked at this moment is passed over, and found by the next call; the reaper
    makes one every few seconds.
    """
    try:
        with transaction.atomic():
            holds = held.active_holds() if by is None else by
            return sum(_end(hold, now=now) for hold in holds)
    except OperationalError as error:
        # A run that ended at this moment locked what waits for both in another order. The hold
        # itself stands, and that comes first.
        log.warning("held_runs_not_ended_yet", error=str(error).strip())
        return 0


@transaction.atomic
def _end(hold: Hold, *, now: datetime) -> int:
    covered = held.covered_by(hold)
    ended = 0
    while rows := list(
        Execution.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(covered, status__in=UNFINISHED)
        .order_by("pk")[:AT_ONCE]
    ):
        claims.end_as_held(rows, hold, now=now)
        ended += len(rows)
    trials = Trial.objects.filter(covered, status__in=UNFINISHED_TRIALS)
    return ended + trial_leases.end_trials_as_held(
        list(trials.values_list("pk", flat=True)), hold, now=now
    )


def _record(
    event: str, hold: Hold, *, acting_user: User, now: datetime, after: dict[str, Any], reason: str
) -> None:
    audit.record(
        event,
        hold,
        chain=hold.tenant.slug if hold.tenant else audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        after={"kind": hold.kind, "target": hold.target, "name": hold.target_name, **after},
        reason=reason,
    )
