"""Whose plans there are, and when it is time to look at them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Max

from accounts import rates
from accounts.models import User
from accounts.models.tiers import DEFAULT_TIER
from common.canonical import digest
from execution import due
from execution.models import RealtimePlan, RunPriority, Subscription, Trigger
from market.shards import shard_of
from registry import product_access
from registry import queries as registry_queries
from registry.models import ProductSubscription, Script, ScriptVersion

PlanKey = tuple[UUID, UUID | None, str, str]  # version, product, digest of the params, schedule
Group = tuple[UUID, UUID | None, str, str]  # script, product, digest of the params, schedule
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


def triggers_of(instrument_key: str, timeframe: str) -> list[str]:
    """Return what sets runs off in a market; what bars do comes first."""
    rows = Subscription.objects.filter(
        instrument_key=instrument_key, timeframe=timeframe, ended_at=None
    )
    return list(rows.order_by("trigger").values_list("trigger", flat=True).distinct())


@dataclass(frozen=True, kw_only=True)
class Asker:
    """An entitled subscriber: what their right rests on, and what a run as them is given."""

    subscription: Subscription
    right: ProductSubscription | None
    priority: RunPriority
    gives: tuple[int, ...]

    @classmethod
    def of(cls, subscription: Subscription, right: ProductSubscription | None) -> Asker:
        """Return whoever a subscription is of."""
        tier = rates.tier_of(subscription.user)
        paid = right is not None or tier.name != DEFAULT_TIER
        priority = RunPriority.PAID if paid else RunPriority.FREE
        return cls(
            subscription=subscription, right=right, priority=priority, gives=tier.gives_a_run
        )


@dataclass(frozen=True, kw_only=True)
class WantedPlan:
    """A plan, and as whom it runs, with what their right rests on.

    It is as urgent as the most urgent of those who ask for it, or for what depends on it, and runs
    as the one whose tier gives a run most; of several alike as the first who asked. ``asked_at`` is
    when the first of them all did. One that nobody has asked for before is not saved yet.
    ``others`` are the plans of the script's other versions for the same, which may have been at
    work in its stream before.
    """

    plan: RealtimePlan
    user_id: int
    asked_at: datetime
    product_subscription: ProductSubscription | None = None
    priority: RunPriority = RunPriority.FREE
    gives: tuple[int, ...] = ()
    others: tuple[RealtimePlan, ...] = ()

    @property
    def leads(self) -> bool:
        """Tell whether it is to speak in its script's stream."""
        return self.plan.version_id == self.plan.version.script.current_version_id

    def also_for(self, asker: Asker) -> WantedPlan:
        """Return it with one more who asks for it."""
        wanted = replace(self, priority=min(self.priority, asker.priority))
        if asker.gives <= self.gives:
            return wanted
        return replace(
            wanted,
            user_id=asker.subscription.user_id,
            product_subscription=asker.right,
            gives=asker.gives,
        )


@dataclass(frozen=True, kw_only=True)
class Wants:
    """The plans that somebody waits for, and those for whom nobody does any more."""

    plans: list[WantedPlan]
    left: list[RealtimePlan]


def plans_for(
    instrument_key: str,
    timeframe: str,
    *,
    now: datetime,
    trigger: str = Trigger.BAR,
) -> Wants:
    """Return the plans of a market that a trigger sets off, dependencies before their dependents.

    Those of all schedules are found at once: there may be many, of which few have anything to do.

    A subscription whose user is no longer entitled counts for nothing, and a suspended version has
    no plan: what needs it has one, and says so every time. It keeps its place until it runs again.

    Whoever's right rests on a product is served by a plan of that product.
    """
    active = Subscription.objects.filter(
        instrument_key=instrument_key, timeframe=timeframe, trigger=trigger, ended_at=None
    )
    subscriptions = list(active.order_by("pk"))
    wanted = _Wanted(_known_plans(instrument_key, timeframe, trigger, subscriptions))
    closures: dict[UUID, list[ScriptVersion]] = {}
    for subscription, right in _entitled(subscriptions, now=now):
        current = subscription.script.current_version
        if current is None:
            continue
        asker = Asker.of(subscription, right)
        if current.pk not in closures:
            closures[current.pk] = registry_queries.dependency_closure(current)
        for needed in closures[current.pk]:
            wanted.add(needed, {}, replace(asker, right=None), runs=not current.is_suspended)
        wanted.add(current, subscription.params, asker)
    return Wants(plans=list(wanted.plans.values()), left=wanted.left())


class _Wanted:
    def __init__(self, known: Mapping[Group, Sequence[RealtimePlan]]) -> None:
        self._groups = known
        self._known = {
            (plan.version_id, *group[1:]): plan for group, plans in known.items() for plan in plans
        }
        self._kept: set[PlanKey] = set()
        self._kept_groups: set[Group] = set()
        self.plans: dict[PlanKey, WantedPlan] = {}

    def left(self) -> list[RealtimePlan]:
        """Return the plans that somebody waited for, and nobody does."""
        kept = self._kept | self.plans.keys()
        return [
            plan
            for group, plans in self._groups.items()
            for plan in plans
            if plan.wanted_since is not None
            and (plan.version_id, *group[1:]) not in kept
            and not (plan.leads and group in self._kept_groups)
        ]

    def add(
        self,
        version: ScriptVersion,
        params: dict[str, object],
        asker: Asker,
        *,
        runs: bool = True,
    ) -> None:
        product = asker.right.product if asker.right else None
        schedule = asker.subscription.schedule
        key = (version.pk, product.pk if product else None, digest(params), schedule)
        group = (version.script_id, *key[1:])
        wanted = self.plans.get(key)
        if version.is_suspended or not runs:
            self._kept.add(key)
            self._kept_groups.add(group)
        elif wanted is not None:
            self.plans[key] = wanted.also_for(asker)
        else:
            plan = self._known.get(key) or _new_plan(version, params, asker.subscription)
            plan.version, plan.product = version, product  # once each, however many plans
            self.plans[key] = WantedPlan(
                plan=plan,
                user_id=asker.subscription.user_id,
                asked_at=asker.subscription.created_at,
                product_subscription=asker.right,
                priority=asker.priority,
                gives=asker.gives,
                others=tuple(other for other in self._groups.get(group, ()) if other.pk != plan.pk),
            )


def _entitled(
    active: Sequence[Subscription], *, now: datetime
) -> list[tuple[Subscription, ProductSubscription | None]]:
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
    instrument_key: str, timeframe: str, trigger: str, active: Iterable[Subscription]
) -> dict[Group, list[RealtimePlan]]:
    plans = RealtimePlan.objects.filter(
        instrument_key=instrument_key,
        timeframe=timeframe,
        trigger=trigger,
        schedule__in={subscription.schedule for subscription in active},
    ).annotate(script_id=F("version__script"))
    groups: dict[Group, list[RealtimePlan]] = {}
    for plan in plans:
        group = (plan.script_id, plan.product_id, plan.params_sha256, plan.schedule)
        groups.setdefault(group, []).append(plan)
    return groups


def _new_plan(
    version: ScriptVersion, params: dict[str, object], subscription: Subscription
) -> RealtimePlan:
    return RealtimePlan(
        version=version,
        instrument_key=subscription.instrument_key,
        timeframe=subscription.timeframe,
        trigger=subscription.trigger,
        schedule=subscription.schedule,
        params=params,
        params_sha256=digest(params),
    )
