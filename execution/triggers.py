"""What a closed bar makes due: the plans of the active subscriptions, and the bars they lack."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max

from common.canonical import digest
from execution.models import RealtimePlan, Subscription
from market import queries as market_queries
from market.shards import shard_of
from registry import product_access
from registry import queries as registry_queries
from registry.models import Product, ProductSubscription, ScriptVersion

PlanKey = tuple[UUID, UUID | None, str]  # version, product, digest of the params
Market = tuple[str, str]  # instrument key, timeframe
MarketState = tuple[datetime | None, int, datetime]  # newest bar, subscriptions, newest of them

BARS_AT_ONCE = 50  # a plan that fell behind catches up in steps, so that others get their turn


@dataclass(frozen=True, kw_only=True)
class DueBar:
    """A closed bar that a plan has not run on."""

    opened_at: datetime
    closes_at: datetime


def active_markets(shards: Collection[int] | None = None) -> dict[Market, MarketState]:
    """Return the markets that somebody is subscribed to, and what would change what is due.

    Only those of some shards; None: all.
    """
    subscribed = (
        Subscription.objects.filter(ended_at=None)
        .values("instrument_key", "timeframe")
        .annotate(count=Count("pk"), newest_at=Max("created_at"))
        .order_by("instrument_key", "timeframe")
    )
    found = {
        (row["instrument_key"], row["timeframe"]): (row["count"], row["newest_at"])
        for row in subscribed
        if shards is None or shard_of(row["instrument_key"]) in shards
    }
    newest = market_queries.newest_bars(found)
    return {market: (newest.get(market), *state) for market, state in found.items()}


@dataclass(frozen=True, kw_only=True)
class WantedPlan:
    """A plan, and whoever was the first to ask for it, with what their right rests on."""

    plan: RealtimePlan
    user_id: int
    product_subscription: ProductSubscription | None = None


def plans_for(instrument_key: str, timeframe: str, *, now: datetime) -> list[WantedPlan]:
    """Return the plans of a market, dependencies before what depends on them.

    A subscription whose user is no longer entitled counts for nothing, and a suspended version has
    no plan: what needs it has one, and says so on every bar. A new plan starts at the newest closed
    bar, so that its first output does not wait for the next one.

    Whoever's right rests on a product is served by a plan of that product.
    """
    plans: dict[PlanKey, WantedPlan] = {}
    for subscription, right in _entitled_subscriptions(instrument_key, timeframe, now=now):
        current = subscription.script.current_version
        if current is None or current.is_suspended:
            continue
        for needed in registry_queries.dependency_closure(current):
            _add(plans, needed, {}, subscription, None)
        _add(plans, current, subscription.params, subscription, right)
    return list(plans.values())


def newest_bar(instrument_key: str, timeframe: str) -> datetime | None:
    """Return when the newest closed bar of a market opened, or None without any."""
    newest = market_queries.latest_bar(instrument_key, timeframe)
    return newest.opened_at if newest else None


def due_bars(plan: RealtimePlan, *, until: datetime, now: datetime) -> list[DueBar]:
    """Return the closed bars after a plan's position that opened by ``until``, oldest first."""
    bars = market_queries.bars_after(
        plan.instrument_key,
        plan.timeframe,
        after=plan.done_until,
        as_of=now,
        limit=BARS_AT_ONCE,
    )
    return [
        DueBar(opened_at=opened_at, closes_at=closes_at)
        for opened_at, closes_at in bars
        if opened_at <= until
    ]


def _entitled_subscriptions(
    instrument_key: str, timeframe: str, *, now: datetime
) -> list[tuple[Subscription, ProductSubscription | None]]:
    active = list(
        Subscription.objects.filter(
            instrument_key=instrument_key, timeframe=timeframe, ended_at=None
        )
        .select_related("script__current_version__script", "user")
        .order_by("pk")
    )
    asked = {(subscription.user_id, subscription.script_id) for subscription in active}
    rights = product_access.rights_of(asked, at=now)
    pairs = ((s, (s.user_id, s.script_id)) for s in active)
    return [(subscription, rights[pair]) for subscription, pair in pairs if pair in rights]


def _add(
    plans: dict[PlanKey, WantedPlan],
    version: ScriptVersion,
    params: dict[str, object],
    subscription: Subscription,
    right: ProductSubscription | None,
) -> None:
    product = right.product if right else None
    key = (version.pk, product.pk if product else None, digest(params))
    if key not in plans and not version.is_suspended:
        plan = _plan(version, product, params, subscription)
        plans[key] = WantedPlan(plan=plan, user_id=subscription.user_id, product_subscription=right)


def _plan(
    version: ScriptVersion,
    product: Product | None,
    params: dict[str, object],
    subscription: Subscription,
) -> RealtimePlan:
    instrument_key, timeframe = subscription.instrument_key, subscription.timeframe
    plans = RealtimePlan.objects.select_related("version__script", "product")
    plan, _ = plans.get_or_create(
        version=version,
        product=product,
        instrument_key=instrument_key,
        timeframe=timeframe,
        params_sha256=digest(params),
        defaults={
            "params": params,
            "done_until": _before_newest(instrument_key, timeframe),
        },
    )
    return plan


def _before_newest(instrument_key: str, timeframe: str) -> datetime | None:
    newest = newest_bar(instrument_key, timeframe)
    return newest - timedelta(microseconds=1) if newest else None
