"""Advice how many workers there should be: on the page and for programs."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
import redis
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from execution.models import (
    ScalingAdvice,
)
from execution.services import rooms
from tests.operations.page import part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


def test_advice_is_for_operators_and_collectors(
    api: Any, olga: User, sam: User, settings: Settings
) -> None:
    settings.METRICS_TOKEN = "a token of a collector"
    address = reverse("scaling")
    assert api.get(address).status_code == 401
    api.force_login(sam)
    assert api.get(address).status_code == 403
    api.force_login(olga)

    body = api.get(address).json()

    assert body["action"] in ("none", "scale_up", "scale_down")
    assert {reading["name"] for reading in body["readings"]} >= {
        "queue_depth",
        "realtime_wait_seconds",
    }
    api.logout()
    token = {"HTTP_AUTHORIZATION": "Bearer a token of a collector"}
    assert api.get(address, **token).status_code == 200


@pytest.mark.parametrize(
    ("recommended", "words"), [(1, "1 machine is advised,"), (2, "2 machines are advised,")]
)
def test_one_machine_is_spoken_of_as_one(
    operator: Client, now: datetime, recommended: int, words: str
) -> None:
    ScalingAdvice.objects.create(
        at=now,
        action="none",
        urgency="soon",
        score=0.5,
        confidence=1.0,
        pods=1,
        recommended_pods=recommended,
        reason="So it is.",
    )

    assert words in part(shown(operator), "advice")


def test_advice_of_a_kind_that_this_version_does_not_know_is_shown_as_it_is(
    operator: Client, now: datetime
) -> None:
    ScalingAdvice.objects.create(
        at=now,
        action="scale_out",
        urgency="soon",
        score=0.5,
        confidence=1.0,
        pods=2,
        recommended_pods=3,
        reason="A newer version said so.",
    )

    page = shown(operator)

    assert "scale out" in part(page, "history")
    assert "3 machines are advised" in part(page, "advice")
    reply = operator.get(reverse("scaling"))
    assert reply.json()["history"][0]["action"] == "scale_out"


def test_the_fullest_web_process_asks_for_more(
    operator: Client, machine: str, redis_client: redis.Redis
) -> None:
    now = time.time()
    redis_client.delete(rooms.KEY)  # who was heard of in the tests before this one
    redis_client.hset(
        rooms.KEY,
        mapping={"full:1": f"{now} 0.85", "idle:2": f"{now} 0.1", "gone:3": f"{now - 60} 1.0"},
    )

    body = operator.get(reverse("scaling")).json()

    readings = {reading["name"]: reading for reading in body["readings"]}
    assert (readings["requests"]["value"], body["score"]) == (0.85, 0.85)
    assert "by the requests of a web process" in body["reason"]
    assert "by the requests of a web process" in part(shown(operator), "advice")
