"""Signals in the dialects of other senders, at the address of their producer."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from common.clock import utc_now
from common.webhook_signing import sign_webhook, webhook_key
from ingest.api import dialect_views
from ingest.api.reception import refusal
from ingest.api.requests import Reply
from ingest.dialogue import DatabaseAway, Dialogue
from ingest.mapping_rules import TRADINGVIEW
from ingest.models import Dialect, Producer, ProducerFailure, Signal
from ingest.services.producers import configure_producer, create_producer, rotate_secret
from tests.factories import NOON
from tests.ingest.builders import encode, post_signed, signal_body
from tests.ingest.conftest import Registered
from tests.ingest.fronts import AsgiFront, DjangoFront

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]

NO_PROOF = (
    "The body holds no token of this producer, and there are no headers of Standard Webhooks."
)
MISMATCH = "The signature does not belong to this body, timestamp and producer."


@pytest.fixture
def hooks(olga: User) -> Registered:
    return Registered(
        *create_producer("hooks", dialect=Dialect.STANDARD_WEBHOOKS, acting_user=olga, now=NOON)
    )


@pytest.fixture
def alerts(olga: User) -> Registered:
    given: dict[str, Any] = {"dialect": Dialect.TRADINGVIEW, "mapping": TRADINGVIEW}
    return Registered(*create_producer("alerts", **given, acting_user=olga, now=NOON))


def alert(secret: str, /, **changes: Any) -> dict[str, Any]:
    body = {"token": secret, "ticker": "NASDAQ:AAPL", "action": "buy", "close": 187.2, **changes}
    return {name: value for name, value in body.items() if value is not ...}


def webhook_headers(
    raw: bytes, secret: str, *, at: datetime | None = None, webhook_id: str = "msg_1"
) -> dict[str, str]:
    timestamp = str(int((at or utc_now()).timestamp()))
    signature = sign_webhook(
        raw, webhook_id=webhook_id, timestamp=timestamp, key=webhook_key(secret)
    )
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def send(
    body: Any,
    headers: dict[str, str] | None = None,
    *,
    to: str,
    content_type: str = "application/json",
    at: datetime | None = None,
    address: str = "203.0.113.7",
) -> HttpResponse:
    """Send a body to the address of a producer, as if it arrived at an instant."""
    request = RequestFactory(REMOTE_ADDR=address).post(
        f"/api/v1/signals/from/{to}", encode(body), content_type=content_type, headers=headers
    )
    return dialect_views.respond_from(request, to, now=at or utc_now())


def said(response: HttpResponse) -> Any:
    return json.loads(response.content)["detail"]


def reasons() -> list[str]:
    return sorted(ProducerFailure.objects.values_list("reason", flat=True))


def test_a_signed_webhook_is_stored_like_a_direct_signal(hooks: Registered) -> None:
    raw = encode(signal_body())

    response = Client().post(
        "/api/v1/signals/from/hooks",
        raw,
        content_type="application/json",
        headers=webhook_headers(raw, hooks.secret),
    )

    signal = Signal.objects.get()
    assert response.status_code == 201
    assert response.json()["id"] == str(signal.pk)
    assert set(response.json()) == {"id", "status", "created_at"}
    assert (signal.instrument, signal.side, signal.payload) == ("XAUUSD", 0, {"rsi": 28.4})
    assert signal.producer == hooks.producer
    assert Producer.objects.get().last_seen_at is not None


def test_a_webhook_sent_again_is_the_same_signal_whatever_its_body(hooks: Registered) -> None:
    first, other = encode(signal_body()), encode(signal_body(side=1))

    answers = [
        send(raw, webhook_headers(raw, hooks.secret, webhook_id=webhook_id), to="hooks")
        for raw, webhook_id in ((first, "a"), (first, "a"), (other, "a"), (first, "b"))
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 201]
    assert answers[1].content == answers[2].content == answers[0].content
    assert Signal.objects.count() == 2


def test_both_secrets_sign_webhooks_while_they_are_rotated(hooks: Registered, olga: User) -> None:
    raw = encode(signal_body())
    rotated = rotate_secret(hooks.producer, acting_user=olga, now=NOON)

    answers = [
        send(raw, webhook_headers(raw, secret, webhook_id=secret[:9]), to="hooks").status_code
        for secret in (hooks.secret, rotated)
    ]

    assert answers == [201, 201]


@pytest.mark.parametrize(
    ("seconds", "strict", "status"),
    [(300, False, 201), (301, False, 401), (-300, False, 201), (-301, False, 401), (-1, True, 401)],
)
def test_the_clock_of_a_webhook_may_be_off_by_five_minutes(
    hooks: Registered, seconds: int, strict: bool, status: int
) -> None:
    Producer.objects.update(strict_clock=strict)
    raw = encode(signal_body())
    headers = webhook_headers(raw, hooks.secret, at=NOON - timedelta(seconds=seconds))

    response = send(raw, headers, to="hooks", at=NOON)

    assert response.status_code == status
    assert reasons() == ([] if status == 201 else ["clock_skew"])


@pytest.mark.parametrize(
    ("changes", "detail", "reason"),
    [
        ({"webhook-id": None}, "The header webhook-id is missing.", "missing_header"),
        ({"webhook-signature": None}, "The header webhook-signature is missing.", "missing_header"),
        ({"webhook-id": "a.b"}, None, "malformed_webhook_id"),
        ({"webhook-timestamp": "now"}, None, "malformed_webhook_timestamp"),
        ({"webhook-signature": "v1,no"}, None, "malformed_webhook_signature"),
        ({"webhook-id": "another"}, MISMATCH, "invalid_signature"),
    ],
)
def test_a_webhook_that_proves_nothing_is_refused_and_counted(
    hooks: Registered, changes: dict[str, str | None], detail: str | None, reason: str
) -> None:
    raw = encode(signal_body())
    headers = {**webhook_headers(raw, hooks.secret), **changes}

    response = send(raw, {k: v for k, v in headers.items() if v is not None}, to="hooks")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "HMAC-SHA256"
    assert detail in (None, said(response))
    assert reasons() == [reason]
    assert not Signal.objects.exists()


def test_an_alert_is_mapped_and_its_token_is_not_kept(
    alerts: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = send(alert(alerts.secret), to="alerts", content_type="text/plain; charset=utf-8")

    signal = Signal.objects.get()
    assert response.status_code == 201
    assert (signal.instrument, signal.side) == ("AAPL", 0)
    assert signal.payload == {"ticker": "NASDAQ:AAPL", "action": "buy", "close": 187.2}
    assert abs(signal.time - utc_now()) < timedelta(minutes=1)
    assert "valid_token" in caplog.text
    assert alerts.secret not in caplog.text
    assert "187.2" not in caplog.text


def test_the_same_alert_within_five_minutes_is_the_same_signal(alerts: Registered) -> None:
    def at(seconds: float) -> HttpResponse:
        moment = NOON + timedelta(seconds=seconds)
        return send(alert(alerts.secret), to="alerts", at=moment)

    # The instants lie on both sides of the ends of the pieces into which time is cut.
    answers = [at(seconds) for seconds in (299, 300, 599, 599.5, 650)]
    changed = send(alert(alerts.secret, close=1), to="alerts", at=NOON)

    assert [answer.status_code for answer in answers] == [201, 200, 200, 201, 200]
    assert answers[1].content == answers[0].content
    assert answers[4].content == answers[3].content
    assert changed.status_code == 201


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"token": "wrong"}, "wrong_token"),
        ({"token": None}, "wrong_token"),
        ({"token": ["x"]}, "wrong_token"),
        ({"token": ...}, "token_missing"),
        (b"AAPL buy", "token_unreadable"),
        (b"[]", "token_missing"),
        (b'{"token": "a", "token": "b"}', "token_unreadable"),
        (b"\xff", "token_unreadable"),
    ],
)
def test_an_alert_without_its_token_is_refused_and_counted(
    alerts: Registered, body: Any, reason: str
) -> None:
    response = send(body if isinstance(body, bytes) else alert(alerts.secret, **body), to="alerts")

    assert (response.status_code, said(response)) == (401, NO_PROOF)
    assert reasons() == [reason]


def test_nobody_learns_which_producers_exist(
    hooks: Registered, alerts: Registered, north: Registered, olga: User
) -> None:
    configure_producer(
        alerts.producer,
        enabled=False,
        strict_clock=False,
        payload_schema=None,
        mapping=TRADINGVIEW,
        acting_user=olga,
        now=NOON,
    )
    raw = encode(signal_body())
    unsigned = webhook_headers(raw, "whsec_" + "A" * 43 + "=")

    tokens = [
        send(alert(alerts.secret), to=name)
        for name in ("alerts", "hooks", "north", "nobody", "No\0body", "x" * 200)
    ]
    signed = [
        send(raw, unsigned, to=name) for name in ("hooks", "alerts", "north", "nobody", "NOBODY")
    ]

    assert {(reply.status_code, said(reply)) for reply in tokens} == {(401, NO_PROOF)}
    assert {(reply.status_code, said(reply)) for reply in signed} == {(401, MISMATCH)}
    assert reasons() == sorted(["producer_disabled", *["wrong_door"] * 3, "invalid_signature"])


def test_a_token_signs_nothing_at_the_direct_address(
    client: AsgiFront | DjangoFront, alerts: Registered
) -> None:
    response = post_signed(client, signal_body(), secret=alerts.secret, producer_id="alerts")

    assert (response.status_code, said(response)) == (401, MISMATCH)
    assert reasons() == ["wrong_door"]


@pytest.mark.parametrize(("address", "status"), [("52.89.214.238", 201), ("203.0.113.7", 401)])
def test_an_alert_comes_from_a_listed_network_only(
    alerts: Registered, address: str, status: int
) -> None:
    Producer.objects.update(allowed_networks=["52.89.214.238/32"])

    response = send(alert(alerts.secret), to="alerts", address=address)

    assert response.status_code == status
    assert reasons() == ([] if status == 201 else ["network_not_allowed"])


def test_a_webhook_comes_from_a_listed_network_only(hooks: Registered) -> None:
    Producer.objects.update(allowed_networks=["52.89.214.238/32"])
    raw = encode(signal_body())
    headers = webhook_headers(raw, hooks.secret)

    answers = [
        send(raw, headers, to="hooks", address=address)
        for address in ("203.0.113.7", "52.89.214.238")
    ]

    assert [answer.status_code for answer in answers] == [401, 201]
    assert said(answers[0]) == MISMATCH
    assert reasons() == ["network_not_allowed"]


@pytest.mark.parametrize(
    ("changes", "loc", "kind"),
    [
        ({"ticker": ...}, ["body", "ticker"], "missing"),
        ({"ticker": "NASDAQ:aapl"}, ["body", "ticker"], "string_pattern_mismatch"),
        ({"action": "flat"}, ["body", "action"], "enum"),
        ({"time": "soon"}, ["body", "time"], "datetime_parsing"),
        ({"note": "my token is {token}"}, ["body"], "token_repeated"),
    ],
)
def test_what_is_wrong_is_named_where_the_sender_wrote_it(
    alerts: Registered, changes: dict[str, Any], loc: list[str], kind: str
) -> None:
    filled = {
        name: value.format(token=alerts.secret) if isinstance(value, str) else value
        for name, value in changes.items()
    }

    response = send(alert(alerts.secret, **filled), to="alerts")

    assert response.status_code == 422
    assert [(one["loc"], one["type"]) for one in said(response)] == [(loc, kind)]
    assert alerts.secret not in response.content.decode()
    assert reasons() == ["invalid_signal"]


def test_the_rules_of_every_signal_hold_here_too(hooks: Registered, settings: Settings) -> None:
    Producer.objects.update(payload_schema={"type": "object", "properties": {"rsi": {}}})

    def answer(body: Any, content_type: str = "application/json") -> int:
        raw = encode(body)
        headers = webhook_headers(raw, hooks.secret, webhook_id=f"msg_{len(raw)}")
        return send(raw, headers, to="hooks", content_type=content_type).status_code

    assert answer(signal_body(), "text/plain") == 415
    assert answer(b"{") == 400
    assert answer(signal_body(side=True)) == 422
    assert answer(signal_body(payload={"other": 1})) == 422
    assert answer(signal_body(payload={"rsi": "x" * 32_768})) == 413
    assert answer(b" " * 40_000) == 413
    assert not Signal.objects.exists()
    assert answer(signal_body()) == 201


def test_an_alert_proves_itself_even_while_signatures_are_off(
    alerts: Registered, settings: Settings
) -> None:
    settings.HMAC_PRODUCER_ENABLED = False

    assert send(alert("wrong"), to="alerts").status_code == 401
    assert send(alert(alerts.secret), to="alerts").status_code == 201


def test_another_method_is_refused() -> None:
    response = Client().get("/api/v1/signals/from/alerts")

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_key_that_is_gone_is_our_fault_and_says_so(
    alerts: Registered, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = ["another key"]

    response = send(alert(alerts.secret), to="alerts")

    assert response.status_code == 503
    assert "ENCRYPTION_KEYS" in said(response)


def test_a_commit_that_fails_is_answered_with_send_it_again(
    alerts: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None:
            raise OperationalError("the connection broke")

    monkeypatch.setattr("ingest.api.dialect_views.transaction.atomic", Broken)

    response = dialect_views.in_one_transaction(_answered())

    assert response.status == 503
    assert dict(response.headers)["Retry-After"] == "1"


def _answered() -> Dialogue[Reply]:
    yield from ()
    return refusal(DatabaseAway())
