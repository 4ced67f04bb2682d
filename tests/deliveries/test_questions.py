"""Nobody is flooded with questions whether messages are welcome, however they are asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from common.row_scope import scope_of, within
from streams.deliveries.health import disable_destination
from streams.deliveries.links import unsubscribe_link
from streams.deliveries.services.addresses import unsubscribe_address
from streams.deliveries.services.destinations import (
    add_destination,
    enable_destination,
    remove_destination,
)
from streams.deliveries.services.questions import (
    WINDOW,
    TooManyConfirmations,
    forget_old_questions,
)
from streams.models import AddressQuestion, Delivery, Destination, DestinationKind
from tests.deliveries.conftest import Clockwork

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


def test_whoever_ended_the_mails_to_another_mailbox_is_asked_before_they_begin_anew(
    sam: User, now: datetime, sender: Clockwork, mailoutbox: list[Any]
) -> None:
    destination = ask(sam, "desk@example.com", now)
    Destination.objects.update(verified_at=now)
    token = unsubscribe_link(destination).rpartition("/")[2]
    assert Client().post(f"/deliveries/unsubscribe/{token}").status_code == 200
    destination.refresh_from_db()
    assert (destination.is_enabled, destination.verified_at) == (False, None)

    enabled = enable_destination(destination, acting_user=sam, now=now)
    waits = Delivery.objects.create(
        destination=enabled,
        message_id="waits",
        kind="single",
        host=enabled.host,
        next_attempt_at=now,
        created_at=now,
    )
    sender.run()

    waits.refresh_from_db()
    assert (waits.state, waits.attempts) == ("pending", 0)
    assert (enabled.is_enabled, enabled.is_open) == (True, False)
    assert [mail.to for mail in mailoutbox] == [["desk@example.com"]] * 2
    unsubscribe_address(token, now=now)
    destination.refresh_from_db()
    with pytest.raises(TooManyConfirmations):
        enable_destination(destination, acting_user=sam, now=now)
    destination.refresh_from_db()
    assert not destination.is_enabled


def test_whoever_ended_the_mails_after_their_owner_did_is_asked_as_well(
    sam: User, now: datetime
) -> None:
    destination = ask(sam, "desk@example.com", now)
    Destination.objects.update(verified_at=now)
    disable_destination(destination, reason="By its owner.", acting_user=sam, now=now)

    unsubscribe_address(unsubscribe_link(destination).rpartition("/")[2], now=now)
    enable_destination(destination, acting_user=sam, now=now)

    assert not Destination.objects.get().is_open
    assert AddressQuestion.objects.count() == 2


def test_ones_own_address_begins_anew_without_a_question(sam: User, now: datetime) -> None:
    sam.email = "sam@example.com"
    sam.save()
    destination = ask(sam, "sam@example.com", now)

    unsubscribe_address(unsubscribe_link(destination).rpartition("/")[2], now=now)
    destination.refresh_from_db()
    enable_destination(destination, acting_user=sam, now=now)

    assert Destination.objects.get().is_open
    assert not AddressQuestion.objects.exists()


def test_an_operator_who_enables_many_is_told_which_could_not_be_asked(
    sam: User, olga: User, browser: Client, now: datetime
) -> None:
    asked = ask(sam, "a@example.com", now)
    for minutes in (1, 2, 3):
        ask_and_remove(sam, f"d{minutes}@example.com", now)
    well = Destination.objects.create(
        owner=sam,
        kind="webhook",
        name="Robot",
        address="https://robot.example/",
        created_at=now,
        verified_at=now,
        digest_within_seconds=60,
        digest_every_seconds=60,
    )
    Destination.objects.update(disabled_at=now, disabled_reason="Nobody wants them.")
    browser.force_login(olga)
    enable = {"action": "enable", "_selected_action": [str(asked.pk), str(well.pk)]}

    page = browser.post(
        "/admin/streams/destination/",
        {**enable, "confirmed": "yes", "reason": "they do"},
        follow=True,
    ).content.decode()

    assert "D, of sam, to mail server: So many addresses" in page
    assert "Enabled: 1." in page
    assert set(Destination.objects.filter(disabled_at=None)) == {well}
