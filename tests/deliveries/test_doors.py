"""Who sees and does what with destinations: their owner, operators of the house, nobody else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from common.encryption import decrypt
from common.row_scope import scope_of, within
from streams.deliveries.health import disable_destination
from streams.deliveries.services.destinations import StoppedByOperator, enable_destination
from streams.models import Delivery, Destination, Following, Stream
from tests.deliveries.conftest import AddWebhook, Clockwork
from tests.deliveries.receiver import Receiver
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v2/destinations"


@pytest.fixture
def sams(api: APIClient, sam: User) -> APIClient:
    api.force_authenticate(sam)
    return api


def test_a_program_adds_a_webhook_follows_a_stream_and_reads_the_log(
    sams: APIClient,
    receiver: Receiver,
    entitled: Any,
    stream: Stream,
    publish: Publish,
    sender: Clockwork,
) -> None:
    given = {"kind": "webhook", "name": "Robot", "address": receiver.url}
    added = sams.post(ADDRESS, given, format="json")
    assert added.status_code == 201
    place = f"{ADDRESS}/{added.json()['id']}"
    followed = sams.post(f"{place}/streams", {"stream_key": stream.key}, format="json")
    publish(2)
    sender.run()

    log = sams.get("/api/v2/deliveries", {"state": "delivered"}).json()["results"]

    assert followed.status_code == 201
    assert [row["first_seq"] for row in log] == [2, 1]
    receiver.requests[0].verified_with(added.json()["secret"])
    assert "secret" not in sams.get(place).json()
    assert sams.post(ADDRESS, given, format="json").json()["code"] == "destination_exists"
    (row,) = sams.get(f"{place}/streams").json()["results"]
    assert (row["newest_seq"], row["delivered_seq"]) == (2, 2)


def test_a_secret_is_kept_sealed_and_read_in_its_own_row_alone(
    add_webhook: AddWebhook, receiver: Receiver
) -> None:
    one, other = add_webhook(receiver.url), add_webhook(f"{receiver.url}/other")
    shown = one.shown_secret  # type: ignore[attr-defined]

    assert shown not in one.secret
    assert decrypt(one.secret, context=one.secret_context) == shown
    with pytest.raises(Exception, match="cannot be read"):
        decrypt(one.secret, context=other.secret_context)


@pytest.mark.parametrize("name", ["mallory", "ada", "olga"])
def test_to_others_there_is_no_such_destination_over_api_or_pages(
    name: str,
    request: pytest.FixtureRequest,
    add_webhook: AddWebhook,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
) -> None:
    sams = add_webhook(receiver.url)
    publish(1)
    sender.run()
    delivery = sams.deliveries.get()
    user = request.getfixturevalue(name)
    api, pages = APIClient(), Client()
    api.force_authenticate(user)
    pages.force_login(user)

    for pk, log_pk in ((sams.pk, delivery.pk), (uuid.uuid4(), uuid.uuid4())):
        place = f"{ADDRESS}/{pk}"
        answers = [
            api.get(place),
            api.patch(place, {"name": "x"}, format="json"),
            api.delete(place),
            api.post(f"{place}/test"),
            api.post(f"{place}/rotate-secret"),
            api.get(f"/api/v2/deliveries/{log_pk}"),
            api.post(f"/api/v2/deliveries/{log_pk}/resend"),
            pages.get(f"/deliveries/{pk}/"),
            pages.post(f"/deliveries/{pk}/remove"),
            pages.post(f"/deliveries/{pk}/do/disable"),
            pages.get(f"/deliveries/log/{log_pk}"),
        ]
        assert {answer.status_code for answer in answers} == {404}
    assert api.get("/api/v2/deliveries").json()["results"] == []
    sams.refresh_from_db()
    assert sams.is_enabled


def test_row_security_shows_destinations_to_their_owner_and_operators_alone(
    add_webhook: AddWebhook,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    ada: User,
    olga: User,
    mallory: User,
) -> None:
    add_webhook(receiver.url)
    publish(1)
    sender.run()

    seen = {}
    for user in (sam, olga, ada, mallory):
        with within(scope_of(user.pk)):
            models = (Destination, Following, Delivery)
            seen[user.username] = [model.objects.count() for model in models]
    assert seen == {"sam": [1, 1, 1], "olga": [1, 1, 1], "ada": [0] * 3, "mallory": [0] * 3}


def test_an_operator_disables_and_enables_and_both_are_in_the_trail(
    add_webhook: AddWebhook, receiver: Receiver, olga: User, browser: Client
) -> None:
    sams = add_webhook(receiver.url)
    Destination.objects.update(failing_since=sams.created_at)
    browser.force_login(olga)
    listed = "/admin/streams/destination/"

    page = browser.get(listed, {"health": "failing"}).content.decode()
    disable = {"action": "disable", "_selected_action": [str(sams.pk)]}
    browser.post(listed, {**disable, "confirmed": "yes", "reason": "it floods them"})
    sams.refresh_from_db()
    with pytest.raises(StoppedByOperator):
        enable_destination(sams, acting_user=sams.owner, now=sams.created_at)
    enable = {"action": "enable", "_selected_action": [str(sams.pk)]}
    browser.post(listed, {**enable, "confirmed": "yes", "reason": "they mended it"})
    sams.refresh_from_db()
    assert sams.is_enabled

    assert f"{sams.host} (1)" in page
    assert browser.get(f"{listed}{sams.pk}/change/").status_code == 200
    assert browser.get("/admin/streams/delivery/").status_code == 200
    assert b"whsec" not in browser.get(f"{listed}{sams.pk}/change/").content
    events = AuditEvent.objects.filter(object_id=str(sams.pk), actor=olga)
    assert list(events.order_by("pk").values_list("event", "reason")) == [
        ("destination_disabled", "By an operator: it floods them"),
        ("destination_enabled", "they mended it"),
    ]


def test_an_operator_is_asked_first_and_says_why(
    add_webhook: AddWebhook, receiver: Receiver, olga: User, browser: Client
) -> None:
    sams = add_webhook(receiver.url)
    browser.force_login(olga)
    disable = {"action": "disable", "_selected_action": [str(sams.pk)]}
    listed = "/admin/streams/destination/"

    asked = browser.post(listed, disable).content.decode()
    unsaid = browser.post(listed, {**disable, "confirmed": "yes", "reason": " "}).content.decode()
    long = browser.post(listed, {**disable, "confirmed": "yes", "reason": "x" * 281})

    assert "cannot enable them" in asked
    assert f"My program, of sam, to {sams.host}" in asked
    assert "Say why" not in asked
    assert "Say why, in 1 to 280 characters." in unsaid
    assert "Say why, in 1 to 280 characters." in long.content.decode()
    sams.refresh_from_db()
    assert sams.is_enabled
    enable = {"action": "enable", "_selected_action": [str(sams.pk)], "confirmed": "yes"}
    assert b"nothing is done" in browser.post(listed, enable, follow=True).content


def test_an_operator_names_those_that_are_disabled_and_not_everybody_at_once(
    add_webhook: AddWebhook,
    receiver: Receiver,
    olga: User,
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.admin_deliveries.CHOSEN_MAX", 1)
    both = [add_webhook(receiver.url), add_webhook(f"{receiver.url}/other")]
    browser.force_login(olga)
    everything = {
        "action": "disable",
        "_selected_action": [str(both[0].pk)],
        "select_across": "1",
        "confirmed": "yes",
        "reason": "all of them",
    }

    page = browser.post("/admin/streams/destination/", everything, follow=True)

    assert b"Choose at most 1." in page.content
    assert not Destination.objects.filter(disabled_at__isnull=False).exists()


def test_pages_answer_bad_input_with_words(
    add_webhook: AddWebhook, receiver: Receiver, sam: User, browser: Client
) -> None:
    place = f"/deliveries/{add_webhook(receiver.url).pk}/"
    browser.force_login(sam)
    settings = {
        "name": "Robot",
        "address": receiver.url,
        "digest_within_seconds": "60",
        "digest_every_seconds": "60",
        "time_zone": "UTC",
    }

    for wrong, words in (
        ({"time_zone": "../../etc/passwd"}, "Write a time zone"),
        ({"quiet_from": "22:00"}, "a beginning and an end"),
        ({"digest_above": "0"}, "greater than or equal to 1"),
        ({"address": "https://10.0.0.1/"}, "private, local or reserved"),
        ({"name": "a\x00b"}, "Null characters"),
    ):
        page = browser.post(place, settings | wrong)
        assert (page.status_code, words in page.content.decode()) == (200, True), wrong
    for action, given in (
        ("replay", {}),
        ("replay", {"stream_key": "x", "from_seq": "9" * 30}),
        ("replay", {"stream_key": "no", "from_seq": "1"}),
        ("unfollow", {"stream_key": "a\x00"}),
        ("code", {}),
    ):
        assert browser.post(f"{place}do/{action}", given).status_code in (200, 302)
    assert browser.post(f"{place}streams", {"stream_key": "\x00"}).status_code == 302
    assert browser.post(f"{place}do/nonsense").status_code == 404
    assert browser.post(place, settings).status_code == 302


def test_what_is_disabled_by_its_owner_is_not_mailed_about(
    add_webhook: AddWebhook, receiver: Receiver, sam: User, sender: Clockwork, mailoutbox: list[Any]
) -> None:
    sam.email = "sam@example.com"
    sam.save()
    sams = add_webhook(receiver.url)

    disable_destination(sams, reason="By its owner.", acting_user=sam, now=sender.now)
    sender.run()

    assert mailoutbox == []
