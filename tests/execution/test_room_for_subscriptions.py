"""A user has as many standing subscriptions as their tier allows, however they are asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import Tier, User
from execution.models import Subscription
from execution.services.quotas import TooManySubscriptions
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe, unsubscribe
from market.bars import NewBar
from registry.models import Script
from streams.models import Stream
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits_on")]

ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def script(ada: User, rita: User, three_sessions: list[NewBar]) -> Script:
    return factories.make_published_version(ada, rita).script


def free_tier(allowed: int) -> None:
    Tier.objects.filter(pk="free").update(standing_subscriptions=allowed)


def ask(script: Script, minute: int, *, user: User, now: datetime) -> Subscription:
    setting = Setting(trigger="schedule", schedule=f"{minute} * * * *")
    subscription, _ = subscribe(script, ON_IBM, setting=setting, acting_user=user, now=now)
    return subscription


def test_each_tier_allows_more_than_the_one_before() -> None:
    rows = Tier.objects.order_by("standing_subscriptions")

    assert dict(rows.values_list("name", "standing_subscriptions")) == {
        "free": 100,
        "standard": 500,
        "premium": 2000,
        "enterprise": 10000,
    }


def test_one_more_is_refused_with_the_number_and_leaves_nothing(
    api: APIClient, script: Script, ada: User, now: datetime
) -> None:
    free_tier(2)
    for minute in range(2):
        ask(script, minute, user=ada, now=now)
    streams = Stream.objects.count()
    api.force_authenticate(ada)

    refused = api.post(
        f"/scripts/{script.pk}/subscribe",
        {"instrument": "IBM", "trigger": "schedule", "schedule": "2 * * * *"},
        format="json",
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_subscriptions")
    assert refused.json()["detail"] == (
        "The free tier allows 2 standing subscriptions, and you have 2. End one of them first."
    )
    assert refused.json()["allowed"] == 2
    assert (Subscription.objects.count(), Stream.objects.count()) == (2, streams)


def test_what_stands_is_answered_again_and_an_end_makes_room(
    script: Script, ada: User, sam: User, now: datetime
) -> None:
    free_tier(1)
    factories.make_entitlement(script, sam)
    first = ask(script, 1, user=ada, now=now)

    again = ask(script, 1, user=ada, now=now)
    ask(script, 1, user=sam, now=now)
    with pytest.raises(TooManySubscriptions):
        ask(script, 2, user=ada, now=now)
    unsubscribe(str(first.pk), acting_user=ada, now=now + timedelta(seconds=1))
    ask(script, 2, user=ada, now=now + timedelta(seconds=2))

    assert again == first


def test_a_user_reads_how_many_stand(
    api: APIClient, script: Script, ada: User, now: datetime
) -> None:
    ask(script, 1, user=ada, now=now)
    api.force_authenticate(ada)

    limits = {one["name"]: one for one in api.get("/api/v2/limits").json()["limits"]}

    stands = limits["standing_subscriptions"]
    assert (stands["allowed"], stands["used"], stands["remaining"]) == (100, 1, 99)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_stand_as_the_tier_allows(
    script: Script, ada: User, now: datetime
) -> None:
    free_tier(4)

    def passes(minute: int) -> bool:
        try:
            ask(script, minute, user=ada, now=now)
        except TooManySubscriptions:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(passes, range(24)))

    assert (sum(passed), Subscription.objects.count()) == (4, 4)
