"""As whom an execution may run: decided once per user and script, within one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from accounts.models.tiers import MOST_TO_A_RUN
from execution.models import Execution, ExecutionKind, Subscription
from execution.services import dependencies
from registry import access, product_access
from registry.models import ProductSubscription, Script, ScriptVersion


@dataclass(frozen=True, kw_only=True)
class Reader:
    """As whom a run reads; with a product's run also the subscription it is for."""

    user: User
    product_subscription: ProductSubscription | None = None


class Rights:
    """Answers for many executions at one instant, and locks what an answer rests on."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._decided: dict[tuple[int, UUID], access.Decision] = {}
        self._readers: dict[tuple[object, ...], Reader | None] = {}

    def reader_of(self, execution: Execution) -> Reader | None:
        """Return as whom an execution may run now, or None; asked once for all that are alike.

        A one-time run is its caller's. A plan runs as long as one of its subscribers may use
        everything it needs, and runs as the one for whom it was made, or else as the one whose
        tier gives it most. A product's run takes a subscription to the product, whatever else its
        user may use.
        """
        plan = execution.plan
        alike = (
            execution.version_id,
            execution.product_id,
            execution.kind,
            execution.user_id,
            execution.instrument_key,
            execution.timeframe,
            (plan.trigger, plan.schedule) if plan else None,
        )
        if alike not in self._readers:
            self._readers[alike] = self._decide(execution)
        return self._readers[alike]

    def _decide(self, execution: Execution) -> Reader | None:
        scripts = [execution.version.script, *dependencies.required_scripts(execution.version)]
        for user in _candidates(execution):
            if not user.is_active or not all(
                self._decision(user, script).allowed for script in scripts
            ):
                continue
            reader = self._reader(user, execution)
            if reader is not None:
                return reader
        return None

    def _reader(self, user: User, execution: Execution) -> Reader | None:
        if execution.product_id is not None:
            right = product_access.lock_product_subscription(
                user.pk, execution.product_id, at=self._now
            )
            return Reader(user=user, product_subscription=right) if right else None
        script = execution.version.script
        rests_on_a_product = self._decision(user, script).reason is access.Reason.SUBSCRIBED
        if execution.kind == ExecutionKind.ONETIME and rests_on_a_product:
            return None  # its outputs are exact, and what was asked for by right of the script
        return Reader(user=user)

    def _decision(self, user: User, script: Script) -> access.Decision:
        key = (user.pk, script.pk)
        if key not in self._decided:
            self._decided[key] = access.lock_decision(user, script, at=self._now)
        return self._decided[key]


def _candidates(execution: Execution) -> Iterator[User]:
    if execution.kind != ExecutionKind.REALTIME:
        yield execution.user
        return
    wanted = _subscriptions(execution.version, execution)
    if wanted.filter(user=execution.user).exists():
        yield execution.user
    others = User.objects.filter(is_active=True, subscriptions__in=wanted).select_related("tier")
    most_first = [f"-tier__{name}" for name in MOST_TO_A_RUN]
    yield from others.exclude(pk=execution.user_id).order_by(*most_first, "pk").distinct()


def _subscriptions(version: ScriptVersion, execution: Execution) -> QuerySet[Subscription]:
    asked = Subscription.objects.filter(
        script__in=dependencies.scripts_that_need(version),
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        ended_at=None,
    )
    plan = execution.plan
    return asked.filter(trigger=plan.trigger, schedule=plan.schedule) if plan else asked
