"""Whose plans there are, and when it is time to look at them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from accounts.models import User
from accounts.models.tiers import DEFAULT_TIER
from common.canonical import digest
from execution import due
from execution.models import RealtimePlan, RunPriority, Subscription, Trigger
from market.shards import shard_of
from registry import product_access
from registry import queries as registry_queries
from registry.models import Product, ProductSubscription, Script, ScriptVersion

PlanKey = tuple[UUID, UUID | None, str]  # version, product, digest of the params
Market = tuple[str, str]  # instrument key, timeframe
Setting = tuple[str, str]  # trigger, schedule
# By setting: the newest there is to run for, subscriptions, newest of them.
MarketState = dict[Setting, tuple[datetime | None, int, datetime]]


def active_markets(
    *, now: datetime, shards: Collection[int] | None = None
) -> dict[Market, MarketState]:
    """Return the markets that somebody is subscribed to, and what would change what is due.

    Only those of some shards; None: all.
    """
    subscribed = (
        Subscription.objects.filter(ended_at=None)
        .values_list("instrument_key", "timeframe", "trigger", "schedule")
        .annotate(count=Count("pk"), newest_at=Max("created_at"))
        .order_by("instrument_key", "timeframe", "trigger", "schedule")
    )
    rows = [row for row in subscribed if shards is None or shard_of(row[0]) in shards]
    newest = due.horizons({row[:3] for row in rows}, now=now)
    markets: dict[Market, MarketState] = {}
    for key, timeframe, trigger, schedule, count, newest_at in rows:
        state = markets.setdefault((key, timeframe), {})
        state[trigger, schedule] = (newest.get((key, timeframe, trigger)), count, newest_at)
    return markets


def markets_of(instrument_keys: Iterable[str], *, trigger: str) -> list[Market]:
    """Return the markets of some instruments in which a trigger sets something off."""
    rows = Subscription.objects.filter(
        instrument_key__in=list(instrument_keys), trigger=trigger, ended_at=None
    )
    found = rows.order_by("instrument_key", "timeframe").values_list("instrument_key", "timeframe")
    return list(found.distinct())


def settings_of(instrument_key: str, timeframe: str) -> list[Setting]:
    """Return what sets runs off in a market; what bars do comes first."""
    rows = Subscription.objects.filter(
        instrument_key=instrument_key, timeframe=timeframe, ended_at=None
    )
    return list(rows.order_by("trigger", "schedule").values_list("trigger", "schedule").distinct())


@dataclass(frozen=True, kw_only=True)
class WantedPlan:
    """A plan, and whoever was the first to ask for it, with what their right rests on.

    It is as urgent as the most urgent of those who ask for it, or for what depends on it.
    """

    plan: RealtimePlan
    user_id: int
    asked_at: datetime
    product_subscription: ProductSubscription | None = None
    priority: RunPriority = RunPriority.FREE


def plans_for(
    instrument_key: str,
    timeframe: str,
    *,
    now: datetime,
    setting: Setting = (Trigger.BAR, ""),
) -> list[WantedPlan]:
    """Return the plans of a market that something sets off, dependencies before their dependents.

    A subscription whose user is no longer entitled counts for nothing, and a suspended version has
    no plan: what needs it has one, and says so every time.

    Whoever's right rests on a product is served by a plan of that product.
    """
    wanted = _Wanted(_known_plans(instrument_key, timeframe, setting), now=now)
    closures: dict[UUID, list[ScriptVersion]] = {}
    for subscription, right in _entitled_subscriptions(instrument_key, timeframe, setting, now=now):
        current = subscription.script.current_version
        if current is None or current.is_suspended:
            continue
        priority = _priority(subscription, right)
        if current.pk not in closures:
            closures[current.pk] = registry_queries.dependency_closure(current)
        for needed in closures[current.pk]:
            wanted.add(needed, {}, subscription, None, priority)
        wanted.add(current, subscription.params, subscription, right, priority)
    return list(wanted.plans.values())


class _Wanted:
    def __init__(self, known: Mapping[PlanKey, RealtimePlan], *, now: datetime) -> None:
        self._known = known
        self._now = now
        self.plans: dict[PlanKey, WantedPlan] = {}

    def add(
        self,
        version: ScriptVersion,
        params: dict[str, object],
        subscription: Subscription,
        right: ProductSubscription | None,
        priority: RunPriority,
    ) -> None:
        product = right.product if right else None
        key = (version.pk, product.pk if product else None, digest(params))
        known = self.plans.get(key)
        if known is not None:
            self.plans[key] = replace(known, priority=min(known.priority, priority))
        elif not version.is_suspended:
            plan = self._known.get(key)
            if plan is None:
                plan = _plan(version, product, params, subscription, now=self._now)
            plan.version, plan.product = version, product  # once each, however many plans
            self.plans[key] = WantedPlan(
                plan=plan,
                user_id=subscription.user_id,
                asked_at=subscription.created_at,
                product_subscription=right,
                priority=priority,
            )


def _entitled_subscriptions(
    instrument_key: str, timeframe: str, setting: Setting, *, now: datetime
) -> list[tuple[Subscription, ProductSubscription | None]]:
    trigger, schedule = setting
    active = list(
        Subscription.objects.filter(
            instrument_key=instrument_key,
            timeframe=timeframe,
            trigger=trigger,
            schedule=schedule,
            ended_at=None,
        ).order_by("pk")
    )
    _complete(active)
    asked = {(subscription.user_id, subscription.script_id) for subscription in active}
    rights = product_access.rights_of(asked, at=now)
    pairs = ((s, (s.user_id, s.script_id)) for s in active)
    return [(subscription, rights[pair]) for subscription, pair in pairs if pair in rights]


def _complete(subscriptions: Sequence[Subscription]) -> None:
    # Each script and each user once, however many subscriptions: made for every row of a join,
    # they would take longer than all the rest.
    scripts = Script.objects.select_related("current_version").defer("current_version__source")
    script_of = scripts.in_bulk({one.script_id for one in subscriptions})
    user_of = User.objects.in_bulk({one.user_id for one in subscriptions})
    for script in script_of.values():
        if script.current_version is not None:
            script.current_version.script = script
    for one in subscriptions:
        one.script, one.user = script_of[one.script_id], user_of[one.user_id]


def _known_plans(
    instrument_key: str, timeframe: str, setting: Setting
) -> dict[PlanKey, RealtimePlan]:
    trigger, schedule = setting
    plans = RealtimePlan.objects.filter(
        instrument_key=instrument_key, timeframe=timeframe, trigger=trigger, schedule=schedule
    )
    return {(plan.version_id, plan.product_id, plan.params_sha256): plan for plan in plans}


def _priority(subscription: Subscription, right: ProductSubscription | None) -> RunPriority:
    paid = right is not None or subscription.user.tier_id != DEFAULT_TIER
    return RunPriority.PAID if paid else RunPriority.FREE


def _plan(
    version: ScriptVersion,
    product: Product | None,
    params: dict[str, object],
    subscription: Subscription,
    *,
    now: datetime,
) -> RealtimePlan:
    named = {
        "version": version,
        "product": product,
        "instrument_key": subscription.instrument_key,
        "timeframe": subscription.timeframe,
        "trigger": subscription.trigger,
        "schedule": subscription.schedule,
        "params_sha256": digest(params),
    }
    plans = RealtimePlan.objects.select_related("version__script", "product")
    plan = plans.filter(**named).first()
    if plan is None:
        new = RealtimePlan(**named, params=params)
        new.done_until = due.beginning(new, asked_at=subscription.created_at, now=now)
        plan, _ = plans.get_or_create(
            **named, defaults={"params": params, "done_until": new.done_until}
        )
    return plan
