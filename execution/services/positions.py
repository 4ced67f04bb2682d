"""Where a plan begins or goes on: what lies before its position, it does not run for.

A stream goes on through its script's versions. Of its plans one *leads*, that of the version that
runs now: when another version is to run, its plan takes over where the one before it was, with
what is still to be declared. A plan that nobody waited for begins anew. Each of these is written
down, so that nearly always a look at what has been read tells that nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from common.canonical import digest
from execution import due, held
from execution.models import RealtimePlan, Subscription, Trigger
from execution.services.dependencies import scripts_that_need
from execution.triggers import WantedPlan, Wants

NO_PARAMS = digest({})
_POSITION = ("done_until", "held", "leads", "wanted_since")
_NAME = (
    "version",
    "product",
    "instrument_key",
    "timeframe",
    "trigger",
    "schedule",
    "params_sha256",
)


def settle(wants: Wants, *, now: datetime) -> list[WantedPlan]:
    """Put the wanted plans of a market where they begin or go on, and return them in their order.

    Those that nobody waits for any more are left where they are.
    """
    unsettled = [one for one in wants.plans if not _is_settled(one)]
    # Whoever takes over comes first: what a pinned version was at before is the stream's position.
    unsettled.sort(key=lambda wanted: not wanted.leads)
    settled = {one.plan.pk: _settle(one, now=now) for one in unsettled}
    for plan in wants.left:
        # Unless somebody came back this moment.
        same = RealtimePlan.objects.filter(pk=plan.pk, wanted_since=plan.wanted_since)
        same.update(wanted_since=None)
    return [settled.get(one.plan.pk, one) for one in wants.plans]


def _is_settled(wanted: WantedPlan) -> bool:
    plan = wanted.plan
    if plan.wanted_since is None or plan.wanted_since < wanted.asked_at:
        return False
    return plan.leads == wanted.leads and not _strays(wanted, wanted.others)


def _strays(wanted: WantedPlan, others: Iterable[RealtimePlan]) -> list[RealtimePlan]:
    """Return the plans of other versions that will not declare what is held themselves."""
    if not wanted.leads:
        return []
    return [one for one in others if one.held and (one.leads or one.wanted_since is None)]


@transaction.atomic
def _settle(wanted: WantedPlan, *, now: datetime) -> WantedPlan:
    rows = _locked(wanted.plan)
    mine = next((row for row in rows if row.version_id == wanted.plan.version_id), None)
    before = next((row for row in rows if row.leads), None) if wanted.leads else mine
    others = tuple(row for row in rows if row is not mine)
    plan = mine or wanted.plan
    if before is not None and _goes_on(wanted, before):
        plan.done_until = _going_on(wanted, mine, before, now=now)
        plan.wanted_since = _latest(before.wanted_since, wanted.asked_at)
    else:
        plan.done_until = _beginning(wanted, mine, before, now=now)
        plan.wanted_since = max(now, wanted.asked_at)
    plan.held += sum(stray.held for stray in _strays(wanted, others))
    plan.leads = wanted.leads
    plan = _saved(plan, is_new=mine is None)
    plan.version, plan.product = wanted.plan.version, wanted.plan.product
    if wanted.leads:
        _relieve(wanted, others)
    return replace(wanted, plan=plan, others=others)


def _locked(plan: RealtimePlan) -> list[RealtimePlan]:
    """Lock and return the plans of all versions for the same, in the order in which all lock."""
    same = RealtimePlan.objects.filter(
        version__script=plan.version.script_id,
        product=plan.product,
        instrument_key=plan.instrument_key,
        timeframe=plan.timeframe,
        trigger=plan.trigger,
        schedule=plan.schedule,
        params_sha256=plan.params_sha256,
    )
    return list(same.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _goes_on(wanted: WantedPlan, before: RealtimePlan) -> bool:
    """Tell whether somebody has been there all the time since a plan was last looked at."""
    if before.wanted_since is None:
        return False
    return wanted.asked_at <= before.wanted_since or _somebody_was_there(wanted)


def _somebody_was_there(wanted: WantedPlan) -> bool:
    # When the first of those who are there now asked: others, who have left since.
    plan = wanted.plan
    for_it = Q(script=plan.version.script_id, params_sha256=plan.params_sha256)
    if plan.params_sha256 == NO_PARAMS:
        for_it |= Q(script__in=scripts_that_need(plan.version))
    then = Subscription.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=wanted.asked_at),
        for_it,
        created_at__lt=wanted.asked_at,
        instrument_key=plan.instrument_key,
        timeframe=plan.timeframe,
        trigger=plan.trigger,
        schedule=plan.schedule,
    )
    return then.exists()


def _going_on(
    wanted: WantedPlan, mine: RealtimePlan | None, before: RealtimePlan, *, now: datetime
) -> datetime | None:
    if mine is not None:
        return _latest(mine.done_until, before.done_until)
    plan = wanted.plan
    if (
        plan.trigger == Trigger.SCHEDULE
        or before.held
        or held.hold_on(plan.version.script, plan.instrument_key)
    ):
        return before.done_until
    # A version that never ran repeats the newest bar or tick, which its dependents may need.
    newest = due.beginning(plan, since=now, now=now)
    if newest is None or before.done_until is None:
        return None
    return min(newest, before.done_until)


def _beginning(
    wanted: WantedPlan, mine: RealtimePlan | None, before: RealtimePlan | None, *, now: datetime
) -> datetime | None:
    done = _latest(*(row.done_until for row in (mine, before) if row is not None))
    # Whoever asked before the last run is back: a right of theirs had ended meanwhile.
    since = wanted.asked_at if done is None or wanted.asked_at > done else now
    begins = due.beginning(wanted.plan, since=since, now=now)
    return _latest(begins, mine.done_until if mine is not None else None)


def _latest(*instants: datetime | None) -> datetime | None:
    return max((at for at in instants if at is not None), default=None)


def _saved(plan: RealtimePlan, *, is_new: bool) -> RealtimePlan:
    where = {name: getattr(plan, name) for name in _POSITION}
    if not is_new:
        plan.save(update_fields=list(where))
        return plan
    named = {name: getattr(plan, name) for name in _NAME}
    found, _ = RealtimePlan.objects.get_or_create(
        **named, defaults={"params": plan.params, **where}
    )
    return found


def _relieve(wanted: WantedPlan, others: Sequence[RealtimePlan]) -> None:
    strays = _strays(wanted, others)
    for one in others:
        if one.leads or one in strays:
            one.leads, one.held = False, 0
            one.save(update_fields=["leads", "held"])
