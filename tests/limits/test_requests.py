"""The API's door: who is counted how, and what every answer says of it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import rates
from accounts.models import Tier, User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now

pytestmark = pytest.mark.django_db


def key_of(user: User) -> dict[str, Any]:
    _, key = issue_api_key(user, name="tests", acting_user=user, now=utc_now())
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


@pytest.fixture
def narrow(limits_on: None, db: None) -> None:
    Tier.objects.filter(pk="free").update(requests_per_minute=3)


def test_every_answer_says_how_the_limit_stands(narrow: None, api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)

    good = api.get("/scripts")
    bad = api.get("/scripts", {"unheard": "of"})

    assert good["RateLimit-Policy"] == bad["RateLimit-Policy"] == '"requests";q=3;w=60'
    assert good["RateLimit"].startswith('"requests";r=2;t=')
    assert (bad.status_code, bad["RateLimit"][:15]) == (400, '"requests";r=1;')


def test_one_too_many_is_told_when_to_come_back(narrow: None, sam: User) -> None:
    client = Client()
    mine = key_of(sam)

    statuses = [client.get("/scripts", **mine).status_code for _ in range(3)]
    refused = client.get("/scripts", **mine)

    assert statuses == [200, 200, 200]
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    body = refused.json()
    assert (body["code"], body["limit"], body["allowed"]) == ("too_many_requests", "requests", 3)
    assert refused["Retry-After"] == str(body["retry_after_seconds"])
    assert 1 <= body["retry_after_seconds"] <= 60
    assert refused["RateLimit"].startswith('"requests";r=0;t=')


def test_all_keys_of_a_user_are_counted_together_and_users_apart(
    narrow: None, sam: User, ada: User
) -> None:
    client = Client()
    for _ in range(2):
        mine = key_of(sam)
        client.get("/scripts", **mine)
        last = client.get("/scripts", **mine)

    assert last.status_code == 429
    assert client.get("/scripts", **key_of(ada)).status_code == 200


def test_who_says_nothing_or_something_wrong_is_counted_by_address(
    limits_on: None, settings: Settings, db: None
) -> None:
    settings.ANONYMOUS_REQUESTS_PER_MINUTE = 2
    client = Client()
    wrong: dict[str, Any] = {"HTTP_AUTHORIZATION": "Bearer shk_wrong"}

    first = client.get("/scripts")
    second = client.get("/scripts", **wrong)
    third = client.get("/scripts", **wrong)
    elsewhere = client.get("/scripts", REMOTE_ADDR="192.0.2.7")

    assert [r.status_code for r in (first, second, third, elsewhere)] == [401, 401, 429, 401]
    assert first["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert third["Retry-After"]


def test_an_address_of_one_household_is_one_subject() -> None:
    names = {rates.subject_of_address(f"2001:db8:1:2::{n:x}") for n in range(5)}

    assert names == {"address:2001:db8:1:2::"}
    assert rates.subject_of_address("192.0.2.7") == "address:192.0.2.7"
    assert rates.subject_of_address("") == "address:unknown"


def test_pages_and_health_are_not_counted(narrow: None, client: Client) -> None:
    answers = [client.get("/health/live") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]


def test_a_wider_tier_has_more(limits_on: None, api: APIClient, sam: User) -> None:
    sam.tier_id = "premium"
    api.force_authenticate(sam)

    assert api.get("/scripts")["RateLimit-Policy"] == '"requests";q=600;w=60'


@pytest.mark.django_db(transaction=True)
def test_of_fifty_requests_at_once_exactly_ten_pass(limits_on: None, sam: User) -> None:
    Tier.objects.filter(pk="free").update(requests_per_minute=10)
    mine = key_of(sam)

    def ask(_: int) -> int:
        try:
            return Client().get("/scripts", **mine).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        statuses = Counter(threads.map(ask, range(50)))

    assert statuses == {200: 10, 429: 40}
