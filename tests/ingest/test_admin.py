"""The pages on which operators look after producers and signals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from ingest.models import Producer, Signal, SignalStatus
from tests.ingest.builders import Front, post_signed, signal_body
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]

PRODUCERS = "admin:ingest_producer_changelist"
SIGNALS = "admin:ingest_signal_changelist"


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


@pytest.fixture
def signal(client: Front, north: Registered) -> Signal:
    payload = {"note": "<script>alert(1)</script>"}
    post_signed(client, signal_body(payload=payload), secret=north.secret)
    return Signal.objects.get()


def act(client: Client, page: str, action: str, *rows: Any, sure: bool = True) -> HttpResponse:
    """Choose an action for some rows, and confirm it where it asks."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    if sure:
        data["confirmed"] = "yes"
    response: Any = client.post(reverse(page), data, follow=True)
    assert response.status_code == 200
    return response  # type: ignore[no-any-return]


def secret_on(response: Any) -> str:
    found = re.findall(r"<code>([^<]+)</code>", response.content.decode())
    assert len(found) == 1
    return str(found[0])


def test_a_new_producer_is_shown_with_a_secret_that_works(desk: Client, client: Front) -> None:
    response = desk.post(
        reverse("admin:ingest_producer_add"),
        {"producer_id": "west", "dialect": "signed", "strict_clock": "on", "payload_schema": ""},
    )
    secret = secret_on(response)

    assert "no-store" in response["Cache-Control"]
    assert Producer.objects.get().strict_clock
    sent = post_signed(client, signal_body(), secret=secret, producer_id="west")
    assert sent.status_code == 201
    assert AuditEvent.objects.filter(event="producer_created").exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("producer_id", "West", "lower-case letter"),
        ("producer_id", "north", "producer with this id already"),
        ("payload_schema", '{"type": 7}', "errornote"),
        ("payload_schema", '{"const": NaN}', "errornote"),
        ("payload_schema", "{", "This is not JSON: line 1"),
        ("payload_schema", "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_producer_that_cannot_be_is_explained(
    desk: Client, north: Registered, field: str, value: str, said: str
) -> None:
    data = {"producer_id": "west", "dialect": "signed", "payload_schema": "", field: value}
    response = desk.post(reverse("admin:ingest_producer_add"), data)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert Producer.objects.count() == 1


def test_a_rotated_secret_is_shown_once_and_works(
    desk: Client, client: Front, north: Registered
) -> None:
    secret = secret_on(act(desk, PRODUCERS, "rotate", north.producer))

    assert post_signed(client, signal_body(), secret=secret).status_code == 201
    listed = desk.get(reverse(PRODUCERS)).content.decode()
    page = desk.get(reverse("admin:ingest_producer_change", args=[north.producer.pk]))
    assert secret not in listed
    assert secret not in page.content.decode()


@pytest.mark.parametrize("action", ["rotate", "retire_previous"])
def test_a_secret_is_not_touched_before_somebody_is_sure(
    desk: Client, north: Registered, action: str
) -> None:
    asked = act(desk, PRODUCERS, action, north.producer, sure=False)

    assert "Yes, " in asked.content.decode()
    seed = north.producer.secret_encrypted
    assert Producer.objects.get().secret_encrypted == seed


def test_a_previous_secret_is_retired_by_its_action(desk: Client, north: Registered) -> None:
    none_yet = act(desk, PRODUCERS, "retire_previous", north.producer)
    assert "no previous secret" in none_yet.content.decode()

    act(desk, PRODUCERS, "rotate", north.producer)
    act(desk, PRODUCERS, "retire_previous", north.producer)

    assert Producer.objects.get().previous_secret_encrypted == ""


def test_a_producer_is_switched_off_with_an_audit_event(
    desk: Client, client: Front, north: Registered
) -> None:
    page = reverse("admin:ingest_producer_change", args=[north.producer.pk])
    desk.post(page, {"producer_id": "renamed", "payload_schema": "null"})

    producer = Producer.objects.get()
    assert (producer.enabled, producer.producer_id) == (False, "north")
    assert AuditEvent.objects.get(event="producer_configured").before["enabled"] is True
    assert post_signed(client, signal_body(), secret=north.secret).status_code == 401


def test_a_signal_is_queued_and_closed_by_actions(desk: Client, signal: Signal) -> None:
    refused = act(desk, SIGNALS, "close", signal)
    assert "closed when it is queued" in refused.content.decode()

    act(desk, SIGNALS, "queue", signal)
    asked = act(desk, SIGNALS, "close", signal, sure=False)
    assert "A closed signal cannot be queued again." in asked.content.decode()
    signal.refresh_from_db()
    assert signal.status == SignalStatus.QUEUED

    act(desk, SIGNALS, "close", signal)

    signal.refresh_from_db()
    assert signal.status == SignalStatus.CLOSED


def test_a_payload_is_shown_as_text(desk: Client, signal: Signal) -> None:
    page = desk.get(reverse("admin:ingest_signal_change", args=[signal.pk])).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)</script>" not in page


def test_signals_are_neither_written_nor_deleted_by_hand(desk: Client, signal: Signal) -> None:
    change = reverse("admin:ingest_signal_change", args=[signal.pk])
    delete = reverse("admin:ingest_signal_delete", args=[signal.pk])

    assert desk.post(change, {"instrument": "EURUSD"}).status_code == 403
    assert desk.post(delete, {"post": "yes"}).status_code == 403
    assert desk.get(reverse("admin:ingest_signal_add")).status_code == 403
    assert Signal.objects.get().instrument == "XAUUSD"


def test_another_tenant_sees_and_changes_nothing(signal: Signal, mallory: User) -> None:
    outside = Client()
    outside.force_login(mallory)

    for page in (PRODUCERS, SIGNALS):
        listed = outside.get(reverse(page)).content.decode()
        assert "north" not in listed
        assert "XAUUSD" not in listed
    act(outside, SIGNALS, "queue", signal)
    act(outside, PRODUCERS, "rotate", signal.producer)

    assert Signal.objects.get().status == SignalStatus.NEW
    assert Producer.objects.get().previous_secret_encrypted == ""


@pytest.mark.parametrize("page", [PRODUCERS, SIGNALS, "admin:ingest_producer_add"])
def test_authors_have_no_business_here(ada: User, page: str) -> None:
    client = Client()
    client.force_login(ada)

    assert client.get(reverse(page)).status_code == 403
