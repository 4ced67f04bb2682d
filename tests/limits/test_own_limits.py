"""What people, their programs and the operators see of limits and load."""

from __future__ import annotations

import re

import pytest
import redis
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Tier, User
from common import door_counts
from execution.scheduling.backpressure import Load
from execution.services import doors, load
from streams.places import name_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits_on")]


def by_name(api: APIClient) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in api.get("/api/v2/limits").json()["limits"]}


def test_a_user_reads_each_limit_with_its_use(
    api: APIClient, sam: User, redis_client: redis.Redis
) -> None:
    Tier.objects.filter(pk="free").update(requests_per_minute=5, connections=3)
    now = redis_client.time()[0]
    redis_client.zadd(name_of(sam.pk), {"open": now + 60, "of a killed process": now - 1})
    api.force_authenticate(sam)

    by_name(api)
    limits = by_name(api)

    requests = limits["requests"]
    assert (requests["allowed"], requests["used"], requests["remaining"]) == (5, 2, 3)
    assert 0 < int(str(requests["reset_seconds"])) <= 60
    sockets = limits["connections"]
    assert (sockets["used"], sockets["remaining"], sockets["per_seconds"]) == (1, 2, None)
    assert limits["burst"]["counted_by"] == "connection"
    assert limits.keys() == {
        "requests",
        "executions",
        "executions_waiting",
        "standing_subscriptions",
        "reads",
        "connections",
        "subscriptions",
        "subscribes",
        "messages",
        "burst",
    }


def test_nobody_else_reads_them(api: APIClient, client: Client) -> None:
    assert api.get("/api/v2/limits").status_code == 401
    assert client.get("/account/limits").status_code == 302


def test_the_page_says_in_words_what_is_spent(client: Client, sam: User) -> None:
    Tier.objects.filter(pk="free").update(requests_per_minute=1)
    client.force_login(sam)
    client.get("/scripts")

    page = client.get("/account/limits").content.decode()

    assert "What the free tier allows" in page
    assert re.search(r"API requests</b>\s*<span class=\"badge warn\">spent", page)
    assert re.search(r"1 a minute; more in \d+ s\.", page)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Load:
    found = Load(value=0.75, cause="queue_depth", parts={"queue_depth": 0.75})
    monkeypatch.setattr(load, "current", lambda: found)
    return found


def test_operators_see_the_load_what_is_shed_and_why(
    loaded: Load, client: Client, olga: User, ada: User, redis_client: redis.Redis
) -> None:
    door_counts.add("shed", "low")
    doors.publish(loaded, every_seconds=0)
    client.force_login(olga)

    page = client.get("/admin/").content.decode()
    metrics = client.get("/metrics").content.decode()
    health = client.get("/health").json()["checks"]["load"]
    client.force_login(ada)

    assert "queue depth: turns away 8% of medium, 40% of low" in page
    assert "signalhub_load 0.75" in metrics
    assert 'signalhub_shed_share{priority="low"} 0.4' in metrics
    assert re.search(r'signalhub_doors_shed_total\{priority="low",process="[^"]+"\} \d', metrics)
    assert health["ok"] is True
    assert health["detail"] == "75% (queue depth), turns away 8% of medium, 40% of low"
    assert "turns away" not in client.get("/admin/").content.decode()
