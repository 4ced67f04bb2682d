"""Take all plans of a market one bar forward, in one transaction of a handful of statements.

That is what nearly always is to be done: one bar has closed, and every plan has run for all before
it. A plan of which anything else is true is left to be advanced alone: one that is behind or held,
new, full of unfinished runs, or whose run before is being finished at this moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common.inserting import insert_all
from execution.due import Due
from execution.models import UNFINISHED, Execution, RealtimePlan
from execution.services import advancing
from execution.services.plan_streams import streams_of
from execution.triggers import WantedPlan
from streams.models import Stream

PlanId = UUID


@dataclass(frozen=True)
class Step:
    """A plan that is to run for a bar, and the plans whose runs for it are its inputs."""

    wanted: WantedPlan
    needs: Sequence[RealtimePlan]


@transaction.atomic
def advance_together(
    steps: Sequence[Step], bar: Due, *, before: datetime | None, now: datetime
) -> list[Execution]:
    """Create what plans lack for a bar, and return it; plans that need more are left as they are.

    ``steps`` are in the order of dependencies; ``before`` is when the bar before opened. Whoever
    is moved on has ``done_until`` at the bar afterwards.
    """
    locked = _locked(steps)
    ready = [step for step in steps if _is_ready(step, locked, bar, before)]
    streams = streams_of([step.wanted.plan for step in ready])
    found = _Unfinished(locked, ready, streams)
    held_up = found.lock_runs_before()
    made: dict[PlanId, Execution] = {}
    for step in ready:
        plan, stream = step.wanted.plan, streams.get(step.wanted.plan.pk)
        waits_for = _waits_for(step, made, found)
        if stream is None or waits_for is None or plan.pk in held_up or found.is_full(plan.pk):
            continue
        made[plan.pk] = advancing.new_execution(
            step.wanted, bar, stream, waits_for, held=0, now=now
        )
    insert_all(list(made.values()))
    _move(locked, made, bar.due_at)
    for step in ready:
        if step.wanted.plan.pk in made:
            step.wanted.plan.done_until = bar.due_at
    return list(made.values())


def unfinished_of(plan_ids: Iterable[PlanId]) -> QuerySet[Execution]:
    """Return the runs of some plans that are not over."""
    return Execution.objects.filter(plan__in=list(plan_ids), status__in=UNFINISHED)


class _Run(NamedTuple):
    pk: UUID
    due_at: datetime | None
    stream_id: int | None


class _Unfinished:
    """The runs of some plans that are not over, and those that came before in their streams."""

    def __init__(
        self,
        plans: Mapping[PlanId, RealtimePlan],
        steps: Iterable[Step],
        streams: Mapping[PlanId, Stream],
    ) -> None:
        others = {step.wanted.plan.pk: _at_work_before(step.wanted) for step in steps}
        runs = unfinished_of({*plans, *chain.from_iterable(others.values())})
        self._of: dict[PlanId, list[_Run]] = {}
        for of, pk, due_at, in_stream in runs.values_list("plan_id", "pk", "due_at", "stream_id"):
            if of is not None:
                self._of.setdefault(of, []).append(_Run(pk, due_at, in_stream))
        self.before: dict[PlanId, list[UUID]] = {}
        for plan_id, ids in others.items():
            own = [
                run.pk for run in self._of_plan(plan_id) if run.due_at == plans[plan_id].done_until
            ]
            stream = streams.get(plan_id)
            theirs = [
                run.pk
                for run in chain.from_iterable(map(self._of_plan, ids))
                if stream is not None and run.stream_id == stream.pk
            ]
            if own or theirs:
                self.before[plan_id] = own + theirs

    def _of_plan(self, plan_id: PlanId) -> list[_Run]:
        return self._of.get(plan_id, [])

    def is_full(self, plan_id: PlanId) -> bool:
        """Tell whether a plan has no room for another run."""
        return len(self._of_plan(plan_id)) >= advancing.MOST_UNFINISHED

    def lock_runs_before(self) -> set[PlanId]:
        """Have the end of each stream's last runs wait for our commit; return whose cannot.

        Nobody is waited for: a run that somebody has locked is just ending, or beginning.
        """
        if not self.before:
            return set()
        rows = Execution.objects.select_for_update(of=("self",), skip_locked=True)
        ids = set(chain.from_iterable(self.before.values()))
        rows = rows.filter(pk__in=ids, status__in=UNFINISHED).order_by("pk")
        locked = set(rows.values_list("pk", flat=True))
        return {plan_id for plan_id, ids in self.before.items() if not locked.issuperset(ids)}


def _at_work_before(wanted: WantedPlan) -> list[PlanId]:
    """Return the plans of other versions of which a run could come just before in the stream."""
    done_until = wanted.plan.done_until
    if not wanted.leads or done_until is None:
        return []
    return [o.pk for o in wanted.others if o.done_until is not None and o.done_until >= done_until]


def _locked(steps: Iterable[Step]) -> dict[PlanId, RealtimePlan]:
    # Not a full lock: executions that point here may be written meanwhile. In the order of ids, so
    # that two processes do not wait for each other in a ring.
    plans = RealtimePlan.objects.select_for_update(of=("self",), no_key=True)
    ids = [step.wanted.plan.pk for step in steps]
    return {plan.pk: plan for plan in plans.filter(pk__in=ids).order_by("pk")}


def _is_ready(
    step: Step, locked: Mapping[PlanId, RealtimePlan], bar: Due, before: datetime | None
) -> bool:
    plan = locked.get(step.wanted.plan.pk)
    if plan is None or plan.done_until is None or plan.held:
        return False
    if plan.leads != step.wanted.leads:  # another version has taken over meanwhile
        return False
    return plan.done_until < bar.due_at and (before is None or plan.done_until >= before)


def _waits_for(step: Step, made: dict[PlanId, Execution], found: _Unfinished) -> list[UUID] | None:
    """Return what a run waits for; None: an input of it is not made here."""
    if any(needed.pk not in made for needed in step.needs):
        return None
    inputs = [made[needed.pk].pk for needed in step.needs]
    return [*found.before.get(step.wanted.plan.pk, ()), *inputs]


def _move(
    locked: dict[PlanId, RealtimePlan], made: dict[PlanId, Execution], done_until: datetime
) -> None:
    moved = [pk for pk in locked if pk in made]
    RealtimePlan.objects.filter(pk__in=moved).update(done_until=done_until)
