"""From what happens to executions: once per plan and bar, tick or instant, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from common.canonical import digest
from execution import due, held, queue
from execution.models import Execution, ExecutionStatus, Hold, RealtimePlan, Trigger
from execution.services.advancing import advance
from execution.services.advancing_together import Step, advance_together
from execution.services.dependencies import direct_dependency_ids
from execution.services.positions import settle
from execution.triggers import (
    Market,
    WantedPlan,
    plans_for,
    triggers_of,
)

NO_PARAMS = digest({})
_Held = tuple[WantedPlan, Hold | None]
_Reached = dict[tuple[UUID, str, str], RealtimePlan]  # by version, params' digest and schedule


def run_markets(markets: Iterable[Market], *, now: datetime) -> list[Execution]:
    """Create and queue what bars, ticks and schedules made due in some markets, and return it.

    It is queued after the last of them, so that one version's runs on many instruments travel
    together.
    """
    return advance_markets(markets, now=now).created


@dataclass
class Done:
    """What was created, and the markets in which there was more to run for than there was room."""

    created: list[Execution] = field(default_factory=list)
    behind: set[Market] = field(default_factory=set)


def advance_markets(markets: Iterable[Market], *, now: datetime) -> Done:
    """Create and queue what is due in some markets, and say which are to be looked at again.

    When something breaks, what was created before is queued all the same.
    """
    done = Done()
    try:
        for market in markets:
            for trigger in triggers_of(*market):
                _run_trigger(market, trigger, done, now=now)
    finally:
        ready = [row for row in done.created if row.status == ExecutionStatus.PENDING]
        queue.hand_over((row.version_id, row.pk) for row in ready)
    return done


def _run_trigger(market: Market, trigger: str, done: Done, *, now: datetime) -> None:
    """Create the executions of every plan of a market that one trigger sets off.

    A plan goes no further than the plans it depends on, so what arrives while this runs waits for
    the next call.
    """
    horizon = due.horizon(*market, trigger, now=now)
    if horizon is None:
        return
    active = held.active_holds()
    plans = [
        (wanted, held.hold_among(active, wanted.plan.version.script, market[0]))
        for wanted in settle(plans_for(*market, now=now, trigger=trigger), now=now)
    ]
    if trigger == Trigger.BAR:
        done.created += _run_last_bar(market, plans, now=now)
    reached: _Reached = {}
    for wanted, hold in plans:
        plan, needs = wanted.plan, _needs_of(wanted.plan, reached)
        until = min([horizon, *(needed.done_until or horizon for needed in needs)])
        if due.may_lack(plan, until=until):
            advanced = advance(wanted, until=until, needs=needs, hold=hold, now=now)
            done.created += advanced.created
            if advanced.is_behind:
                done.behind.add(market)
        _reach(reached, plan, hold)


def _run_last_bar(market: Market, plans: Sequence[_Held], *, now: datetime) -> list[Execution]:
    """Create at once what lacks only the newest bar, and its dependents with it."""
    bars = due.last_bars(*market, now=now)
    if not bars or not any(_lacks(wanted.plan, bars[0]) for wanted, _ in plans):
        return []
    reached: _Reached = {}
    steps = []
    for wanted, hold in plans:
        if hold is None and _lacks(wanted.plan, bars[0]):
            steps.append(Step(wanted, _needs_of(wanted.plan, reached)))
        _reach(reached, wanted.plan, hold)
    before = bars[1].due_at if len(bars) > 1 else None
    return advance_together(steps, bars[0], before=before, now=now)


def _lacks(plan: RealtimePlan, bar: due.Due) -> bool:
    return plan.done_until is not None and plan.done_until < bar.due_at


def _needs_of(plan: RealtimePlan, reached: _Reached) -> list[RealtimePlan]:
    # What a suspended version would have put out is not waited for.
    ids = direct_dependency_ids(plan.version_id)
    needed = ((pk, NO_PARAMS, plan.schedule) for pk in ids)
    return [reached[key] for key in needed if key in reached]


def _reach(reached: _Reached, plan: RealtimePlan, hold: Hold | None) -> None:
    # Nothing waits for what is computed for a product, nor for what is held.
    if plan.product_id is None and hold is None:
        reached[plan.version_id, plan.params_sha256, plan.schedule] = plan
