"""Nobody is flooded with questions whether messages are welcome, however they are asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from common.row_scope import scope_of, within
from streams.deliveries.services.destinations import add_destination, remove_destination
from streams.deliveries.services.questions import (
    WINDOW,
    TooManyConfirmations,
    forget_old_questions,
)
from streams.models import AddressQuestion, Delivery, Destination, DestinationKind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    settings.CONFIRMATIONS_PER_USER, settings.CONFIRMATIONS_PER_ADDRESS = 4, 2


def ask(user: User, address: str, now: datetime) -> Destination:
    with within(scope_of(user.pk)):
        destination, _ = add_destination(
            user, kind=DestinationKind.EMAIL, name="D", address=address, acting_user=user, now=now
        )
    return destination


def ask_and_remove(user: User, address: str, now: datetime) -> None:
    remove_destination(ask(user, address, now), acting_user=user, now=now)


def test_removing_a_destination_takes_no_question_back(sam: User, now: datetime) -> None:
    for minutes in (0, 60):
        ask_and_remove(sam, "victim@example.com", now + timedelta(minutes=minutes))

    with pytest.raises(TooManyConfirmations) as refused:
        ask(sam, "victim@example.com", now + timedelta(hours=2))

    assert 22 * 3600 < refused.value.details["retry_after_seconds"] <= 22 * 3600 + 1
    assert not Delivery.objects.exists()
    ask(sam, "victim@example.com", now + WINDOW + timedelta(seconds=1))


def test_an_address_is_asked_so_often_whoever_asks_and_however_it_is_spelled(
    sam: User, ada: User, olga: User, now: datetime
) -> None:
    ask(sam, "victim@example.com", now)
    ask(ada, "Victim+1@Example.com", now)

    for address in ("victim@example.com", "victim+2@example.com", "VICTIM@EXAMPLE.COM"):
        with pytest.raises(TooManyConfirmations):
            ask(olga, address, now)
    ask(olga, "other@example.com", now)


def test_one_person_asks_so_many_addresses_and_others_are_not_held_up(
    sam: User, ada: User, now: datetime
) -> None:
    for number in range(4):
        ask_and_remove(sam, f"d{number}@example.com", now)

    with pytest.raises(TooManyConfirmations):
        ask(sam, "d4@example.com", now)

    ask(ada, "d4@example.com", now)


def test_ones_own_address_and_a_program_are_no_question(sam: User, now: datetime) -> None:
    sam.email = "sam@example.com"
    sam.save()
    for _ in range(6):
        ask_and_remove(sam, "sam@example.com", now)

    assert not AddressQuestion.objects.exists()


def test_a_program_is_told_when_to_try_again_and_a_person_too(
    sam: User, api: APIClient, browser: Client, settings: Settings
) -> None:
    settings.CONFIRMATIONS_PER_ADDRESS = 1
    api.force_authenticate(sam)
    browser.force_login(sam)
    given = {"kind": "email", "name": "D", "address": "victim@example.com"}
    added = api.post("/api/v2/destinations", given, format="json")
    api.delete(f"/api/v2/destinations/{added.json()['id']}")

    reply = api.post("/api/v2/destinations", given, format="json")
    page = browser.post("/deliveries/new", given)

    assert (reply.status_code, reply.json()["code"]) == (429, "too_many_confirmations")
    assert 86_300 < int(reply["Retry-After"]) <= 86_401
    assert "try again at" in page.content.decode()
    assert not Destination.objects.exists()


def test_questions_are_kept_as_long_as_they_count(sam: User, now: datetime) -> None:
    ask(sam, "a@example.com", now)
    ask(sam, "b@example.com", now + timedelta(hours=1))

    forget_old_questions(now=now + WINDOW)

    (left,) = AddressQuestion.objects.all()
    assert left.asked_at == now + timedelta(hours=1)
    assert "example" not in left.mailbox_sha256
