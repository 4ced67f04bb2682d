"""What an operator has stopped stays stopped, and what others changed meanwhile stays changed."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from streams.deliveries.health import disable_destination
from streams.deliveries.services.destinations import (
    StoppedByOperator,
    add_destination,
    change_destination,
    own_destination,
    remove_destination,
    rotate_secret,
)
from streams.models import Delivery, Destination, DestinationKind
from tests.deliveries.conftest import AddWebhook, Clockwork, log_of
from tests.deliveries.receiver import Answer, Receiver, receiving
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(webhook: Destination, olga: User, now: datetime) -> Destination:
    disable_destination(webhook, reason="It floods them.", acting_user=olga, now=now)
    return webhook


def test_what_an_operator_stopped_its_owner_neither_removes_nor_moves(
    stopped: Destination, receiver: Receiver, sam: User, api: APIClient, browser: Client
) -> None:
    api.force_authenticate(sam)
    browser.force_login(sam)
    place = f"/api/v2/destinations/{stopped.pk}"

    removed = api.delete(place)
    moved = api.patch(place, {"address": f"{receiver.url}/x"}, format="json")
    page = browser.post(f"/deliveries/{stopped.pk}/remove", follow=True).content.decode()
    renamed = api.patch(place, {"name": "Robot"}, format="json")

    assert {reply.status_code for reply in (removed, moved)} == {403}
    assert {reply.json()["code"] for reply in (removed, moved)} == {"stopped_by_operator"}
    assert "An operator has disabled this destination" in page
    assert f"/deliveries/{stopped.pk}/remove" not in page
    stopped.refresh_from_db()
    assert (renamed.status_code, stopped.is_enabled) == (200, False)
    assert stopped.address == receiver.url


def test_what_an_operator_stopped_can_be_removed_once_they_enabled_it_or_by_them(
    stopped: Destination, olga: User, now: datetime
) -> None:
    remove_destination(stopped, acting_user=olga, now=now)

    assert not Destination.objects.exists()


def test_a_mailbox_that_an_operator_stopped_is_not_added_in_another_spelling(
    sam: User, olga: User, now: datetime
) -> None:
    sam.email = "sam@example.com"
    sam.save()

    def add(address: str) -> Destination:
        destination, _ = add_destination(
            sam,
            kind=DestinationKind.EMAIL,
            name="Mail",
            address=address,
            acting_user=sam,
            now=now,
        )
        return destination

    stopped = add("sam@example.com")
    disable_destination(stopped, reason="Enough.", acting_user=olga, now=now)

    for spelled in ("SAM@example.com", "sam+2@example.com"):
        with pytest.raises(StoppedByOperator):
            add(spelled)
    add("desk@example.com")


def test_a_change_undoes_nothing_that_was_committed_since_its_page_was_read(
    webhook: Destination, sam: User, olga: User, now: datetime
) -> None:
    read = own_destination(sam, webhook.pk)
    secret = rotate_secret(own_destination(sam, webhook.pk), acting_user=sam, now=now)
    disable_destination(own_destination(sam, webhook.pk), reason="Stop.", acting_user=olga, now=now)

    change_destination(read, {"name": "Robot"}, acting_user=sam, now=now)

    left = Destination.objects.get()
    assert (left.name, left.is_enabled, left.stopped_by_operator) == ("Robot", False, True)
    assert left.disabled_reason == "Stop."
    assert left.previous_secret
    assert secret


def test_of_two_new_secrets_at_once_the_first_signs_on_beside_the_second(
    webhook: Destination, sam: User, now: datetime
) -> None:
    read = own_destination(sam, webhook.pk)
    rotate_secret(own_destination(sam, webhook.pk), acting_user=sam, now=now)
    first = Destination.objects.get().secret

    rotate_secret(read, acting_user=sam, now=now)

    assert Destination.objects.get().previous_secret == first


def test_what_waits_goes_to_the_new_address_and_shares_its_hosts_places(
    add_webhook: AddWebhook, publish: Publish, sender: Clockwork, sam: User
) -> None:
    with receiving() as old, receiving() as new:
        old.usual = Answer(500)
        webhook = add_webhook(old.url)
        publish(1)
        sender.run()
        Delivery.objects.create(
            destination=webhook,
            message_id="notice",
            kind="notice",
            host="mail server",
            next_attempt_at=sender.now,
            created_at=sender.now,
        )

        change_destination(webhook, {"address": new.url}, acting_user=sam, now=sender.now)

        waiting, notice = log_of(webhook)
        assert (waiting.host, notice.host) == (f"127.0.0.1:{new.port}", "mail server")
        assert Destination.objects.get().host == waiting.host
        sender.later(seconds=6)
        assert new.seqs == [1]
