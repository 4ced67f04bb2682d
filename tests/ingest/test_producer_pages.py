"""A producer's own page: failures, snippets, rotation, and the test of the way in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common import row_scope
from common.clock import utc_now
from ingest.admin.producer_forms import ProducerForm
from ingest.api.rehearsal import rehearsal_body, rehearse
from ingest.mapping_rules import TRADINGVIEW
from ingest.models import Dialect, Producer, ProducerFailure, Signal
from ingest.producer_secrets import current_secret, valid_secrets
from ingest.services.failures import note_failure
from ingest.services.producers import ProducerIdTaken, create_producer
from tests.factories import NOON
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]

OWN = "an-own-secret-of-32-characters-0"
ASKED = {"producer_id": "west", "dialect": "signed", "mapping": "", "payload_schema": ""}
LIST = "admin:ingest_producer_changelist"


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


def add(desk: Client, **changes: str) -> Any:
    return desk.post(reverse("admin:ingest_producer_add"), {**ASKED, **changes})


def page_of(desk: Client, producer: Producer) -> str:
    address = reverse("admin:ingest_producer_change", args=[producer.pk])
    return desk.get(address).content.decode()


def test_a_list_tells_what_was_refused_today_and_why(desk: Client, north: Registered) -> None:
    for reason in ("clock_skew", "clock_skew", "wrong_door"):
        note_failure(north.producer.pk, reason, now=utc_now())

    assert "3, mostly: the clock is off" in desk.get(reverse(LIST)).content.decode()


def test_a_page_tells_why_requests_were_refused_day_by_day(desk: Client, north: Registered) -> None:
    assert "Nothing was refused" in page_of(desk, north.producer)

    note_failure(north.producer.pk, "invalid_signature", now=utc_now())

    assert "the signature does not match" in page_of(desk, north.producer)


@pytest.mark.parametrize(
    ("dialect", "mapping", "shown"),
    [
        ("signed", "", ["openssl dgst", "http://testserver/api/v1/signals"]),
        ("standard_webhooks", "", ["webhook-signature", "/api/v1/signals/from/west"]),
        ("tradingview", "", ["{{exchange}}:{{ticker}}", "PUT-THE-TOKEN-HERE"]),
    ],
)
def test_what_a_sender_copies_has_the_address_and_no_secret(
    desk: Client, dialect: str, mapping: str, shown: list[str]
) -> None:
    add(desk, dialect=dialect, mapping=mapping)
    producer = Producer.objects.get()

    page = page_of(desk, producer)

    assert [text for text in shown if text not in page] == []
    assert current_secret(producer) not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret": "short"}, "32 to 256 visible characters"),
        ({"dialect": "standard_webhooks", "secret": OWN}, "whsec_ and then"),
        ({"dialect": "tradingview", "mapping": "[]"}, "Write a JSON object"),
        ({"dialect": "tradingview", "mapping": "{}"}, "instrument: it is missing."),
        ({"mapping": "{}"}, "in our own form"),
        ({"allowed_networks": "203.0.113.0/24"}, "may send from anywhere"),
        ({"dialect": "standard_webhooks", "allowed_networks": "here"}, "here is no network"),
        ({"dialect": "smoke"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_told_beside_its_field(changes: dict[str, str], said: str) -> None:
    form = ProducerForm({**ASKED, **changes})

    (wrong,) = form.errors
    assert said in str(form.errors[wrong])
    assert changes.get("secret", OWN) not in form.as_p()


def test_an_id_of_another_organisation_is_taken(south: Registered, olga: User) -> None:
    with row_scope.within(row_scope.scope_of(olga.pk)):
        assert not Producer.objects.exists()
        form = ProducerForm({**ASKED, "producer_id": "south"})
        assert "There is a producer with this id already." in str(form.errors["producer_id"])
        with pytest.raises(ProducerIdTaken):
            create_producer("south", acting_user=olga, now=NOON)


def test_a_secret_is_brought_along_when_registering_and_when_rotating(desk: Client) -> None:
    add(desk, secret=OWN)
    producer = Producer.objects.get()
    data = {"action": "rotate", "_selected_action": producer.pk, "confirmed": "yes"}

    refused = desk.post(reverse(LIST), {**data, "secret": "short"}).content.decode()
    rotated = desk.post(reverse(LIST), {**data, "secret": OWN[::-1]}).content.decode()

    assert "32 to 256 visible characters" in refused
    assert OWN[::-1] in rotated
    assert valid_secrets(Producer.objects.get()) == [OWN[::-1].encode(), OWN.encode()]


def test_a_page_of_another_dialect_keeps_its_mapping_and_networks(desk: Client) -> None:
    add(
        desk,
        dialect="tradingview",
        mapping=json.dumps(TRADINGVIEW),
        allowed_networks="52.89.214.238\n34.212.75.30",
    )
    producer = Producer.objects.get()
    assert "52.89.214.238/32\n34.212.75.30/32" in page_of(desk, producer)

    desk.post(
        reverse("admin:ingest_producer_change", args=[producer.pk]),
        {
            "enabled": "on",
            "mapping": json.dumps({**TRADINGVIEW, "payload": ["close"]}),
            "allowed_networks": "52.89.214.238",
            "payload_schema": "",
        },
    )

    producer.refresh_from_db()
    assert producer.mapping is not None
    assert producer.mapping["payload"] == ["close"]
    assert (producer.allowed_networks, producer.revision) == (["52.89.214.238/32"], 2)


@pytest.mark.parametrize(
    ("dialect", "mapping", "networks"),
    [
        (Dialect.SIGNED, None, []),
        (Dialect.STANDARD_WEBHOOKS, None, ["203.0.113.0/24"]),
        (Dialect.STANDARD_WEBHOOKS, {"instrument": "i", "side": "s", "time": "t"}, []),
        (Dialect.TRADINGVIEW, TRADINGVIEW, ["52.89.214.238"]),
    ],
)
def test_a_test_signal_passes_every_check_and_leaves_nothing(
    olga: User, dialect: Dialect, mapping: dict[str, Any] | None, networks: list[str]
) -> None:
    producer, _ = create_producer(
        "west",
        dialect=dialect,
        mapping=mapping,
        allowed_networks=networks,
        acting_user=olga,
        now=NOON,
    )

    steps = rehearse(producer, rehearsal_body(producer, now=NOON), now=NOON)

    assert [step for step in steps if step.passed is not True] == []
    assert not Signal.objects.exists()
    assert Producer.objects.get().last_seen_at is None
    assert not ProducerFailure.objects.exists()


@pytest.mark.parametrize(
    ("change", "broken", "said"),
    [
        ({"enabled": False}, "The producer is switched on", "does not belong"),
        ({"payload_schema": {"type": "object"}}, "The body is a signal", "payload"),
        ({"dialect": Dialect.TRADINGVIEW}, "The body is a signal", "time"),
        (
            {"dialect": Dialect.TRADINGVIEW, "mapping": {"token": "<b>"}},
            "The body is a signal",
            "instrument: it is missing",
        ),
        ({"secret_encrypted": "v1.AAAA"}, "The secret can be decrypted", "ENCRYPTION_KEYS"),
    ],
)
def test_a_test_that_fails_names_the_step(
    north: Registered, change: dict[str, Any], broken: str, said: str
) -> None:
    body = rehearsal_body(north.producer, now=NOON)
    if "dialect" in change:
        change = {"mapping": {**TRADINGVIEW, "time": "time"}, **change}
        body = {"ticker": "AAPL", "action": "buy"}
    Producer.objects.update(**change)

    steps = rehearse(Producer.objects.get(), body, now=NOON)

    failed = [step for step in steps if step.passed is False]
    assert [step.name for step in failed] == [broken]
    assert said in failed[0].said
    place = steps.index(failed[0])
    assert [step.passed for step in steps] == [True] * place + [False] + [None] * (7 - place)


def test_without_signatures_a_test_says_what_it_could_not_check(
    north: Registered, settings: Settings
) -> None:
    settings.HMAC_PRODUCER_ENABLED = False

    steps = rehearse(north.producer, rehearsal_body(north.producer, now=NOON), now=NOON)

    assert [step.passed for step in steps] == [True] * 7 + [None]
    assert "switched off" in steps[1].said


def test_the_test_page_shows_the_steps_and_is_audited(desk: Client, north: Registered) -> None:
    address = reverse("admin:ingest_producer_test", args=[north.producer.pk])

    asked = desk.get(address).content.decode()
    passed = desk.post(address, {"body": json.dumps(rehearsal_body(north.producer, now=NOON))})
    failed = desk.post(address, {"body": '{"instrument": "<b>"}'}).content.decode()
    broken = desk.post(address, {"body": "{"}).content.decode()

    assert "Send a test signal" in asked
    assert "It works" in passed.content.decode()
    assert "It would be refused" in failed
    assert "This is not JSON" in broken
    events = AuditEvent.objects.filter(event="producer_tested").order_by("position")
    assert [event.after["broken"] for event in events] == ["", "The body is a signal"]


def test_nobody_else_tests_a_producer(north: Registered, mallory: User, ada: User) -> None:
    address = reverse("admin:ingest_producer_test", args=[north.producer.pk])
    outside, author = Client(), Client()
    outside.force_login(mallory)
    author.force_login(ada)

    assert outside.post(address, {"body": "{}"}).status_code == 404
    assert outside.get(reverse("admin:ingest_producer_test", args=[10**9])).status_code == 404
    assert author.post(address, {"body": "{}"}).status_code == 403
    assert not AuditEvent.objects.filter(event="producer_tested").exists()
