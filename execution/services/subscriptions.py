"""Standing requests for realtime runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from common.canonical import digest
from common.errors import Conflict, InvalidInput, NotFound
from execution.models import Subscription, Trigger
from execution.scheduling.schedules import Schedule
from execution.services import quotas
from execution.services.plan_streams import stream_params
from execution.services.requests import (
    RunRequest,
    require_market,
    require_params,
    require_runnable,
)
from market.services.keeping import keep_timeframe
from registry.models import ProductSubscription, Script, UsePurpose
from registry.product_access import product_subscription_of
from registry.services.usage import record_use
from streams import publishing
from streams.models import Stream


class NotRealtime(Conflict):
    """This script runs on request only; its author did not offer realtime runs."""

    code = "not_realtime"


class InvalidTrigger(InvalidInput):
    """A subscription's trigger is bar, tick or schedule."""

    code = "invalid_trigger"


class NoSuchSubscription(NotFound):
    """You have no active subscription with this id."""

    code = "no_such_subscription"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is to set runs off; a schedule is five fields of cron and the name of a time zone."""

    trigger: str = Trigger.BAR
    schedule: str = ""
    zone: str = ""

    def parsed(self) -> Schedule | None:
        """Return the schedule, or None where something else sets runs off.

        Raises
        ------
        InvalidTrigger, InvalidSchedule, UnknownTimeZone
            Naming the field.
        """
        if self.trigger not in Trigger.values:
            raise InvalidTrigger(field="trigger", triggers=Trigger.values)
        if self.trigger == Trigger.SCHEDULE:
            return Schedule.parse(self.schedule, self.zone or "UTC")
        for field in ("schedule", "zone"):
            if getattr(self, field):
                raise InvalidTrigger(
                    f"{field}: only the trigger schedule has one, and this is {self.trigger}.",
                    field=field,
                )
        return None


def subscribe(
    script: Script,
    request: RunRequest,
    *,
    setting: Setting = Setting(),
    acting_user: User,
    now: datetime,
) -> tuple[Subscription, Stream]:
    """Subscribe a user to a script on an instrument; asking twice changes nothing.

    It runs on every closed bar, or on whatever else is to set it off. Whoever's right rests on a
    product is given the product's stream.

    Raises
    ------
    TooManySubscriptions
        The user has as many as their tier allows.
    """
    schedule = str(setting.parsed() or "")
    version = require_runnable(script, None, user=acting_user, at=now)
    if version.runtime_mode != "realtime":
        raise NotRealtime(script_id=str(script.pk))
    timeframe = require_market(request, version)
    params = require_params(version, request.params)
    right = product_subscription_of(acting_user.pk, script.pk, at=now)
    with transaction.atomic():
        stream = publishing.stream_for(
            script,
            request.instrument_key,
            timeframe,
            stream_params(params, trigger=setting.trigger, schedule=schedule),
            product=right.product if right else None,
        )
        asked = {
            "user": acting_user,
            "script": script,
            "instrument_key": request.instrument_key,
            "timeframe": timeframe,
            "trigger": setting.trigger,
            "schedule": schedule,
            "params_sha256": digest(params),
        }
        quotas.lock_subscriptions_of(acting_user)
        subscription = Subscription.objects.filter(**asked, ended_at=None).first()
        if subscription is None:
            quotas.require_room_for_subscription(acting_user)
            subscription = Subscription.objects.create(**asked, params=params, created_at=now)
            _begin(subscription, right, acting_user=acting_user, now=now)
    return subscription, stream


def _begin(
    subscription: Subscription,
    right: ProductSubscription | None,
    *,
    acting_user: User,
    now: datetime,
) -> None:
    if right:
        record_use(right, UsePurpose.STREAM, now=now)
    if subscription.trigger == Trigger.BAR:
        keep_timeframe(subscription.instrument_key, subscription.timeframe, now=now)
    state = _state(subscription)
    _audit("subscribed", subscription, acting_user=acting_user, now=now, after=state)


@transaction.atomic
def unsubscribe(subscription_id: str, *, acting_user: User, now: datetime) -> Subscription:
    """End one of a user's own subscriptions."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("script__tenant")
        .filter(pk=subscription_id, user=acting_user, ended_at=None)
        .first()
    )
    if subscription is None:
        raise NoSuchSubscription(subscription_id=subscription_id)
    subscription.ended_at = now
    subscription.save(update_fields=["ended_at"])
    _audit(
        "unsubscribed",
        subscription,
        acting_user=acting_user,
        now=now,
        before=_state(subscription),
        after={"ended_at": now.isoformat()},
    )
    return subscription


def _audit(
    event: str,
    subscription: Subscription,
    *,
    acting_user: User,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:
    audit.record(
        event,
        subscription,
        chain=subscription.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
    )


def _state(subscription: Subscription) -> dict[str, Any]:
    return {
        "script": str(subscription.script_id),
        "instrument": subscription.instrument_key,
        "timeframe": subscription.timeframe,
        "trigger": subscription.trigger,
        "schedule": subscription.schedule,
        "params": subscription.params,
    }
