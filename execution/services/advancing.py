"""Take one plan forward: an execution for each bar, tick or instant that it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common.canonical import digest
from common.inserting import insert_all
from execution.due import BARS_AT_ONCE, Due, due_for
from execution.models import (
    UNFINISHED,
    Execution,
    ExecutionKind,
    ExecutionStatus,
    Hold,
    RealtimePlan,
    Trigger,
)
from execution.services.dependencies import direct_dependency_ids
from execution.services.plan_streams import stream_of
from execution.triggers import WantedPlan
from streams.models import Stream

NO_PARAMS = digest({})
# A plan that runs slower than its bars come keeps this many runs open; the other bars stay where
# they are, in the table, and get theirs as it catches up.
MOST_UNFINISHED = 20
# Of ticks only the newest is worth waiting for: while so many runs are open, no other is made, and
# then one for all the ticks that came meanwhile.
MOST_UNFINISHED_TICKS = 5


@dataclass
class Advanced:
    """What was created, and whether there was more to run for than there was room."""

    created: list[Execution] = field(default_factory=list)
    is_behind: bool = False


@transaction.atomic
def advance(
    wanted: WantedPlan,
    *,
    until: datetime,
    needs: Sequence[RealtimePlan],
    hold: Hold | None,
    now: datetime,
) -> Advanced:
    """Create what a plan lacks up to an instant, as far as there is room.

    Under a hold nothing is created: what came is passed over and counted, and the plan's next run
    declares it. Of several who do this at once, one creates, and the others find it done.
    """
    # Not a full lock: executions that point here may be written while this one waits for them.
    plans = RealtimePlan.objects.select_for_update(of=("self",), no_key=True)
    locked = plans.get(pk=wanted.plan.pk)
    if locked.leads != wanted.leads:
        # Another version has taken over meanwhile, and runs for what comes.
        return Advanced(is_behind=True)
    step = _Step(wanted, locked, until=until, needs=needs, now=now)
    if hold is not None:
        step.pass_over()
    else:
        step.create()
    return step.advanced


class _Step:
    def __init__(
        self,
        wanted: WantedPlan,
        locked: RealtimePlan,
        *,
        until: datetime,
        needs: Sequence[RealtimePlan],
        now: datetime,
    ) -> None:
        self._wanted = wanted
        self._locked = locked
        self._until = until
        self._needs = needs
        self._now = now
        self._stream = stream_of(wanted.plan)
        self.advanced = Advanced()

    def create(self) -> None:
        """Create executions for what is due, as far as there is room."""
        most = MOST_UNFINISHED
        if self._locked.trigger == Trigger.TICK:
            most = MOST_UNFINISHED_TICKS
        room = most - self._locked.executions.filter(status__in=UNFINISHED).count()
        if room <= 0:
            self.advanced.is_behind = True
            return
        found, previous = self._due(room=room)
        self.advanced.is_behind = len(found) > room
        held = self._locked.held
        if next_ones := found[:room]:
            self.advanced.created += self._create(next_ones, previous, held=held)
            previous, held = next_ones[-1].due_at, 0
        self._move_to(previous, held=held)

    def pass_over(self) -> None:
        """Leave out what is due, and count it."""
        found, previous = self._due(room=1)
        count = sum(one.stands_for for one in found)
        self.advanced.is_behind = len(found) >= BARS_AT_ONCE
        self._move_to(found[-1].due_at if found else previous, held=self._locked.held + count)

    def _due(self, *, room: int) -> tuple[list[Due], datetime | None]:
        after = self._locked.done_until
        found = due_for(
            self._locked,
            after=after,
            until=self._until,
            room=room,
            among=self._run_for_by_needs(after),
            now=self._now,
        )
        return found, after

    def _run_for_by_needs(self, after: datetime | None) -> set[datetime] | None:
        # A bar is run for by everybody. Of ticks and instants each leaves some out, so a dependent
        # runs for those that all it depends on ran for.
        if self._locked.trigger == Trigger.BAR or not self._needs:
            return None
        rows = Execution.objects.filter(due_at__lte=self._until)
        if after is not None:
            rows = rows.filter(due_at__gt=after)
        each = [
            set(rows.filter(plan=needed).values_list("due_at", flat=True)) for needed in self._needs
        ]
        return {at for at in set.intersection(*each) if at is not None}

    def _move_to(self, done_until: datetime | None, *, held: int) -> None:
        plan = self._wanted.plan
        plan.done_until, plan.held = done_until, held
        if (done_until, held) != (self._locked.done_until, self._locked.held):
            plan.save(update_fields=["done_until", "held"])

    def _create(
        self, ones: Sequence[Due], previous: datetime | None, *, held: int
    ) -> list[Execution]:
        unfinished = _unfinished(
            self._wanted, [one.due_at for one in ones], previous, stream=self._stream
        )
        own = {self._wanted.plan.pk, *(other.pk for other in self._wanted.others)}
        before = [pk for pk, plan_id, _ in unfinished if plan_id in own]
        made: list[Execution] = []
        for one in ones:
            inputs = [
                pk
                for pk, plan_id, due_at in unfinished
                if plan_id not in own and due_at == one.due_at
            ]
            made.append(
                new_execution(
                    self._wanted, one, self._stream, [*before, *inputs], held=held, now=self._now
                )
            )
            before, held = [made[-1].pk], 0
        insert_all(made)
        return made


def new_execution(
    wanted: WantedPlan,
    one: Due,
    stream: Stream,
    waits_for: list[UUID],
    *,
    held: int,
    now: datetime,
) -> Execution:
    """Return a run of a plan, not yet saved; it is pending unless it waits for others."""
    plan = wanted.plan
    return Execution(
        kind=ExecutionKind.REALTIME,
        version=plan.version,
        user_id=wanted.user_id,
        product_subscription=wanted.product_subscription,
        instrument_key=plan.instrument_key,
        timeframe=plan.timeframe,
        params=plan.params,
        params_sha256=plan.params_sha256,
        as_of=one.as_of,
        plan=plan,
        due_at=one.due_at,
        bar_opened_at=one.bar_opened_at,
        occasion=one.told,
        confirmed=one.confirmed,
        coalesced=one.coalesced,
        missed=one.missed,
        held=held,
        undeclared=bool(one.coalesced or one.missed or held),
        stream=stream,
        priority=wanted.priority,
        waits_for=waits_for,
        status=ExecutionStatus.WAITING if waits_for else ExecutionStatus.PENDING,
        queued_at=None if waits_for else now,
        created_at=now,
    )


def _unfinished(
    wanted: WantedPlan, due_at: Sequence[datetime], previous: datetime | None, *, stream: Stream
) -> list[tuple[UUID, UUID | None, datetime | None]]:
    """Lock and return, with plan and instant, the runs not over that a plan's next ones wait for.

    The plan's run before, and those of versions that were at work before, keep the stream in the
    order of time; the dependencies' runs of the same instants are their inputs. The lock makes a
    run that finishes at this moment wait for our commit, so that it finds the rows it has to
    release.
    """
    plan = wanted.plan
    before = Q(plan=plan, due_at=previous)
    if wanted.others:
        before |= Q(plan__in=[other.pk for other in wanted.others], stream=stream)
    if needed := direct_dependency_ids(plan.version_id):
        before |= Q(
            plan__version__in=needed,
            plan__product=None,
            plan__instrument_key=plan.instrument_key,
            plan__timeframe=plan.timeframe,
            plan__trigger=plan.trigger,
            plan__schedule=plan.schedule,
            plan__params_sha256=NO_PARAMS,
            due_at__in=due_at,
        )
    locked = Execution.objects.select_for_update(of=("self",)).filter(before)
    rows = locked.filter(status__in=UNFINISHED).order_by("pk")
    return list(rows.values_list("pk", "plan_id", "due_at"))
