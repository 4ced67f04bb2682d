"""The contract while signatures are required."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import User
from common.clock import utc_now
from ingest.models import Producer, Signal
from ingest.services.producers import configure_producer
from tests.factories import NOON
from tests.ingest.builders import (
    JSON,
    PATH,
    Front,
    encode,
    post,
    post_signed,
    send_lines,
    signal_body,
    signed_headers,
)
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]

SCHEMA = {
    "type": "object",
    "properties": {
        "rsi": {"type": "number"},
        "bands": {"type": "array", "items": {"type": "number"}},
    },
}


def detail_of(response: HttpResponse) -> Any:
    return json.loads(response.content)["detail"]


def test_a_signed_signal_is_stored_for_its_producer(client: Front, north: Registered) -> None:
    before = utc_now()
    response = post_signed(client, signal_body(), secret=north.secret)

    assert response.status_code == 201
    assert set(json.loads(response.content)) == {"id", "status", "created_at"}
    assert Signal.objects.get().producer == north.producer
    north.producer.refresh_from_db()
    assert north.producer.last_seen_at is not None
    assert north.producer.last_seen_at >= before


@pytest.mark.parametrize(
    ("absent", "named"),
    [
        ({"X-Producer-Id", "X-Timestamp", "X-Signature"}, "X-Producer-Id"),
        ({"X-Timestamp", "X-Signature"}, "X-Timestamp"),
        ({"X-Signature"}, "X-Signature"),
        ({"X-Producer-Id"}, "X-Producer-Id"),
    ],
)
def test_a_missing_header_is_401_and_named(
    client: Front, north: Registered, absent: set[str], named: str
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    for name in absent:
        del headers[name]

    response = post(client, raw, headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "HMAC-SHA256"
    assert named in detail_of(response)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("X-Producer-Id", "", 400),
        ("X-Producer-Id", "nobody", 401),
        ("X-Producer-Id", "NORTH", 401),
        ("X-Producer-Id", "north,north", 401),
        ("X-Producer-Id", "nörth", 401),
        ("X-Timestamp", "", 401),
        ("X-Timestamp", "1767614400", 401),
        ("X-Timestamp", "2026-01-05T12:00:00", 401),
        ("X-Signature", "", 401),
        ("X-Signature", "!!!", 401),
        ("X-Signature", "AAAA", 401),
        ("X-Signature", "A" * 43 + "=", 401),
        ("X-Signature", "a,b", 401),
    ],
)
def test_a_header_that_is_wrong_is_refused(
    client: Front, north: Registered, header: str, value: str, status: int
) -> None:
    response = post_signed(client, signal_body(), secret=north.secret, **{header: value})

    assert response.status_code == status
    assert isinstance(detail_of(response), str)
    assert Signal.objects.count() == 0


@pytest.mark.parametrize("noise", [" {}", "{} ", "{}\n", "{}=", "\u00a0{}"])
def test_a_right_signature_in_another_spelling_is_401(
    client: Front, north: Registered, noise: str
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    headers["X-Signature"] = noise.format(headers["X-Signature"])

    assert post(client, raw, headers=headers).status_code == 401


def test_the_spare_bits_of_base64_are_not_a_second_spelling(
    client: Front, north: Registered
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = headers["X-Signature"][-2]
    twin = alphabet[alphabet.index(last) + 1]

    headers["X-Signature"] = headers["X-Signature"][:-2] + twin + "="

    assert post(client, raw, headers=headers).status_code == 401
    assert Signal.objects.count() == 0


def test_a_tampered_body_is_401(client: Front, north: Registered) -> None:
    headers = signed_headers(
        encode(signal_body(side=0)), producer_id="north", secret=north.secret, at=utc_now()
    )

    assert post(client, signal_body(side=1), headers=headers).status_code == 401
    assert Signal.objects.count() == 0


def test_a_producer_cannot_sign_for_another(
    client: Front, north: Registered, south: Registered
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="south", secret=south.secret, at=utc_now())

    assert post(client, raw, headers=headers | {"X-Producer-Id": "north"}).status_code == 401
    assert post_signed(client, raw, secret=south.secret, producer_id="north").status_code == 401
    assert Signal.objects.count() == 0


def test_unknown_disabled_and_wrong_cannot_be_told_apart(client: Front, north: Registered) -> None:
    wrong = post_signed(client, signal_body(), secret="wrong")
    unknown = post_signed(client, signal_body(), secret=north.secret, producer_id="nobody")
    Producer.objects.update(enabled=False)
    disabled = post_signed(client, signal_body(), secret=north.secret)

    assert {response.status_code for response in (wrong, unknown, disabled)} == {401}
    assert wrong.content == unknown.content == disabled.content
    assert Signal.objects.count() == 0


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, 201), (300.0, 201), (-300.0, 201), (300.1, 401), (-300.1, 401), (86_400, 401)],
)
def test_a_clock_may_be_off_by_five_minutes_exactly(
    client: Front, north: Registered, seconds: float, status: int
) -> None:
    raw = encode(signal_body())
    sent_at = NOON - timedelta(seconds=seconds)
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=sent_at)

    assert client.respond_at(NOON, PATH, raw, headers.items()).status_code == status
    assert Signal.objects.count() == (status == 201)


@pytest.mark.parametrize(("seconds", "status"), [(-0.000001, 401), (0, 201), (300.0, 201)])
def test_a_strict_producer_cannot_send_from_the_future(
    client: Front, north: Registered, seconds: float, status: int
) -> None:
    Producer.objects.update(strict_clock=True)
    raw = encode(signal_body())
    sent_at = NOON - timedelta(seconds=seconds)
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=sent_at)

    assert client.respond_at(NOON, PATH, raw, headers.items()).status_code == status


def test_the_same_instant_in_another_zone_is_fresh(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(
        raw, producer_id="north", secret=north.secret, at="2026-01-05T17:30:00.000+05:30"
    )

    assert client.respond_at(NOON, PATH, raw, headers.items()).status_code == 201


def test_unsigned_garbage_is_401_before_anything_is_parsed(client: Front) -> None:
    assert post(client, b"garbage", content_type="text/plain").status_code == 401
    assert post(client, b"x" * 40_000, content_type="text/plain").status_code == 413


def test_the_checks_come_in_the_order_of_the_contract(client: Front, north: Registered) -> None:
    raw = b"not json"
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    too_long = {"x": "x" * 33_000}

    assert post(client, raw, headers=headers, content_type="text/plain").status_code == 415
    assert post(client, raw, headers=headers).status_code == 400
    invalid = post_signed(client, signal_body(side=True, payload=too_long), secret=north.secret)
    assert invalid.status_code == 422
    long_payload = post_signed(client, signal_body(payload=too_long), secret=north.secret)
    assert long_payload.status_code == 413
    assert Signal.objects.count() == 0


def test_the_same_request_again_is_200_with_the_first_receipt(
    client: Front, north: Registered
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())

    first = post(client, raw, headers=headers)
    Signal.objects.update(status=2)
    second = post(client, raw, headers=headers)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert Signal.objects.count() == 1


def test_the_same_body_at_another_instant_is_another_signal(
    client: Front, north: Registered
) -> None:
    first = post_signed(client, signal_body(), secret=north.secret)
    second = post_signed(client, signal_body(), secret=north.secret)

    assert (first.status_code, second.status_code) == (201, 201)
    assert Signal.objects.count() == 2


def test_a_replay_after_the_window_is_401(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=NOON)

    assert client.respond_at(NOON, PATH, raw, headers.items()).status_code == 201
    assert (
        client.respond_at(NOON + timedelta(seconds=301), PATH, raw, headers.items()).status_code
        == 401
    )


def test_a_request_refused_for_its_body_is_not_taken_for_a_replay_later(
    client: Front, north: Registered
) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())

    assert post(client, raw, headers=headers, content_type="text/plain").status_code == 415
    assert post(client, raw, headers=headers).status_code == 201


@pytest.mark.parametrize("name", ["X-Producer-Id", "X-Timestamp", "X-Signature"])
def test_a_header_given_twice_is_401(client: Front, north: Registered, name: str) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    lines = [("Content-Type", JSON), *headers.items(), (name, headers[name])]

    response = send_lines(client, lines, raw)

    assert response.status_code == 401
    assert "twice" in detail_of(response)


def test_a_registered_schema_closes_the_payload(
    client: Front, north: Registered, olga: User
) -> None:
    configure_producer(
        north.producer,
        enabled=True,
        strict_clock=False,
        payload_schema=SCHEMA,
        acting_user=olga,
        now=NOON,
    )
    wrong = {"rsi": 30, "bands": [1, "two"]}

    good = post_signed(client, signal_body(payload={"rsi": 30}), secret=north.secret)
    unknown = post_signed(client, signal_body(payload={"rsi": 30, "x": 1}), secret=north.secret)
    mistyped = post_signed(client, signal_body(payload=wrong), secret=north.secret)
    absent = post_signed(client, signal_body(payload=None), secret=north.secret)

    assert good.status_code == 201
    assert unknown.status_code == 422
    assert "'x' was unexpected" in detail_of(unknown)[0]["msg"]
    assert detail_of(mistyped)[0]["loc"] == ["body", "payload", "bands", 1]
    assert absent.status_code == 422


def attempts_in(logs: list[Any]) -> list[tuple[str | None, str, str]]:
    return [
        (entry["producer_id"], entry["result"], entry["reason"])
        for entry in logs
        if entry["event"] == "hmac_validation_attempted"
    ]


def test_every_attempt_leaves_one_audit_event(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    old = signed_headers(raw, producer_id="north", secret=north.secret, at=NOON)

    with capture_logs() as logs:
        post(client, raw, headers=headers)
        post(client, raw, headers=headers)
        post(client, raw, headers=old)
        post(client, raw, headers=headers | {"X-Signature": "A" * 43 + "="})
        post(client, raw, headers={"X-Producer-Id": "north"})
        post(client, raw, headers=headers | {"X-Producer-Id": "nobody"})
        post(client, raw, headers=headers | {"X-Producer-Id": "<b>canary</b>"})
        post_signed(client, b"{", secret=north.secret)

    assert attempts_in(logs) == [
        ("north", "accepted", "valid_signature"),
        ("north", "accepted", "replay"),
        ("north", "rejected", "clock_skew"),
        ("north", "rejected", "invalid_signature"),
        ("north", "rejected", "missing_header"),
        ("nobody", "rejected", "unknown_producer"),
        (None, "rejected", "malformed_producer_id"),
        ("north", "accepted", "valid_signature"),
    ]


def test_no_attempt_is_recorded_while_signatures_are_off(client: Front, settings: Settings) -> None:
    settings.HMAC_PRODUCER_ENABLED = False

    with capture_logs() as logs:
        post(client, signal_body())

    assert attempts_in(logs) == []


def test_payload_values_and_secrets_never_reach_the_log(
    client: Front,
    north: Registered,
    olga: User,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_producer(
        north.producer,
        enabled=True,
        strict_clock=False,
        payload_schema=SCHEMA,
        acting_user=olga,
        now=NOON,
    )
    canary = "canary-4711"
    bodies: list[Any] = [
        signal_body(payload={"rsi": 1, canary: canary}),
        signal_body(payload={"rsi": canary}),
        signal_body(payload={"bands": [47.114711]}),
        signal_body(instrument=canary),
        f'{{"payload": "{canary}"'.encode(),
        {"payload": {"x": canary * 5000}},
    ]

    caplog.set_level("DEBUG")
    with capture_logs() as logs:
        statuses = [post_signed(client, body, secret=north.secret).status_code for body in bodies]

    assert statuses == [422, 422, 201, 422, 400, 413]
    said = f"{logs} {caplog.text} {capsys.readouterr()}"
    assert "hmac_validation_attempted" in said
    for secret in (canary, "47.114711", north.secret):
        assert secret not in said
