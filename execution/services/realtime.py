"""From what happens to executions: once per plan and bar, tick or instant, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from common.canonical import digest
from execution import due, held, queue
from execution.models import Execution, ExecutionStatus, RealtimePlan
from execution.services.advancing import Advanced, advance
from execution.services.dependencies import direct_dependency_ids
from execution.triggers import (
    Market,
    Setting,
    plans_for,
    settings_of,
)

NO_PARAMS = digest({})


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
    """Create and queue what is due in some markets, and say which are to be looked at again."""
    done = Done()
    for market in markets:
        for setting in settings_of(*market):
            advanced = _run_setting(market, setting, now=now)
            done.created += advanced.created
            if advanced.is_behind:
                done.behind.add(market)
    ready = [row for row in done.created if row.status == ExecutionStatus.PENDING]
    queue.hand_over((row.version_id, row.pk) for row in ready)
    return done


def _run_setting(market: Market, setting: Setting, *, now: datetime) -> Advanced:
    """Create the executions of every plan of a market that one thing sets off.

    A plan goes no further than the plans it depends on, so what arrives while this runs waits for
    the next call.
    """
    total = Advanced()
    horizon = due.horizon(*market, setting[0], now=now)
    if horizon is None:
        return total
    active = held.active_holds()
    reached: dict[tuple[UUID, str], RealtimePlan] = {}
    for wanted in plans_for(*market, now=now, setting=setting):
        plan = wanted.plan
        # What a suspended version would have put out is not waited for.
        needs = [
            reached[key]
            for pk in direct_dependency_ids(plan.version_id)
            if (key := (pk, NO_PARAMS)) in reached
        ]
        until = min([horizon, *(needed.done_until or horizon for needed in needs)])
        hold = held.hold_among(active, plan.version.script, plan.instrument_key)
        if plan.done_until is None or plan.done_until < until:
            total += advance(wanted, until=until, needs=needs, hold=hold, now=now)
        # Nothing waits for what is computed for a product, nor for what is held.
        if plan.product_id is None and hold is None:
            reached[plan.version_id, plan.params_sha256] = plan
    return total
