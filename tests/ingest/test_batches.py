"""Signals in batches: all or none, once for each key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import Settings
from structlog.testing import capture_logs

from common.clock import utc_now
from ingest.models import Producer, Signal, SignalBatch, UnpublishedSignal
from tests.ingest.builders import Front, encode, post, signal_body, signed_headers
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]
PATH = "/api/v2/signals"
KEY = "batch-1"


def batch_of(*items: Any) -> bytes:
    return encode({"signals": list(items)})


def send(
    client: Front, raw: bytes, *, north: Registered, key: str | None = KEY, **more: Any
) -> HttpResponse:
    """Send a batch with a signature of this moment."""
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    keyed = headers if key is None else headers | {"Idempotency-Key": key}
    return post(client, raw, headers=keyed, path=PATH, **more)


def problem_of(response: HttpResponse) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.content)
    assert problem["status"] == response.status_code
    return problem


THREE = batch_of(
    signal_body(), signal_body(instrument="EURUSD", side=1), signal_body(payload=None, version=7)
)


def test_a_batch_is_stored_whole_and_answered_in_its_order(
    client: Front, north: Registered
) -> None:
    response = send(client, THREE, north=north)

    assert response.status_code == 201
    receipts = json.loads(response.content)["signals"]
    assert [set(receipt) for receipt in receipts] == [{"id", "status", "created_at"}] * 3
    stored = [Signal.objects.get(pk=receipt["id"]) for receipt in receipts]
    assert [signal.instrument for signal in stored] == ["XAUUSD", "EURUSD", "XAUUSD"]
    assert [signal.side for signal in stored] == [0, 1, 0]
    assert [signal.payload for signal in stored] == [{"rsi": 28.4}, {"rsi": 28.4}, None]
    assert {signal.producer for signal in stored} == {north.producer}
    waiting = UnpublishedSignal.objects.order_by("position").values_list("signal_id", flat=True)
    assert [str(identifier) for identifier in waiting] == [one["id"] for one in receipts]


def test_the_same_key_and_body_again_is_200_with_the_same_ids_also_signed_anew(
    client: Front, north: Registered
) -> None:
    first = send(client, THREE, north=north)
    again = send(client, THREE, north=north)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Signal.objects.count() == 3


def test_another_body_under_the_same_key_is_refused(client: Front, north: Registered) -> None:
    send(client, THREE, north=north)

    response = send(client, batch_of(signal_body()), north=north)

    assert response.status_code == 422
    assert problem_of(response)["code"] == "idempotency_key_reused"
    assert Signal.objects.count() == 3


def test_a_key_that_is_not_signed_cannot_make_a_replay_look_new(
    client: Front, north: Registered
) -> None:
    headers = signed_headers(THREE, producer_id="north", secret=north.secret, at=utc_now())

    first, again = (
        post(client, THREE, headers=headers | {"Idempotency-Key": key}, path=PATH)
        for key in ("one", "two")
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert Signal.objects.count() == 3


def test_two_producers_may_choose_the_same_key(
    client: Front, north: Registered, south: Registered
) -> None:
    headers = signed_headers(THREE, producer_id="south", secret=south.secret, at=utc_now())

    first = send(client, THREE, north=north)
    other = post(client, THREE, headers=headers | {"Idempotency-Key": KEY}, path=PATH)

    assert (first.status_code, other.status_code) == (201, 201)
    assert Signal.objects.count() == 6


def test_one_bad_signal_refuses_all_and_is_named_by_its_place(
    client: Front, north: Registered
) -> None:
    response = send(client, batch_of(signal_body(), signal_body(side=True), 7), north=north)

    problem = problem_of(response)
    assert response.status_code == 422
    assert problem["code"] == "invalid_signal"
    assert [said["loc"] for said in problem["violations"]] == [["body", "signals", 1, "side"]]
    assert not Signal.objects.exists()
    assert not SignalBatch.objects.exists()
    assert send(client, THREE, north=north).status_code == 201


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"[]", 422, "invalid_signal"),
        (b"{}", 422, "invalid_signal"),
        (b'{"signals": []}', 422, "invalid_signal"),
        (b'{"signals": {}}', 422, "invalid_signal"),
        (b'{"signals": NaN}', 400, "body_not_json"),
        (batch_of(*[signal_body()] * 501), 422, "invalid_signal"),
        (batch_of(signal_body(payload={"x": "x" * 33_000})), 413, "payload_too_large"),
        (b" " * (1024 * 1024 + 1), 413, "body_too_large"),
    ],
)
def test_what_is_no_batch_is_refused(
    client: Front, north: Registered, raw: bytes, status: int, code: str
) -> None:
    response = send(client, raw, north=north)

    assert response.status_code == status
    assert problem_of(response)["code"] == code
    assert not Signal.objects.exists()


def test_five_hundred_signals_are_a_batch(client: Front, north: Registered) -> None:
    response = send(client, batch_of(*[signal_body()] * 500), north=north)

    assert response.status_code == 201
    assert len({receipt["id"] for receipt in json.loads(response.content)["signals"]}) == 500
    assert Signal.objects.count() == 500


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 400, "idempotency_key_missing"),
        ("", 422, "invalid_idempotency_key"),
        ("two words", 422, "invalid_idempotency_key"),
        ("x" * 81, 422, "invalid_idempotency_key"),
    ],
)
def test_a_key_is_required_and_has_its_form(
    client: Front, north: Registered, key: str | None, status: int, code: str
) -> None:
    response = send(client, THREE, north=north, key=key)

    assert response.status_code == status
    assert problem_of(response)["code"] == code
    assert not Signal.objects.exists()


def test_whoever_does_not_sign_learns_nothing_else(client: Front, north: Registered) -> None:
    unsigned = post(client, b"garbage", content_type="text/plain", path=PATH)
    Producer.objects.update(enabled=False)
    disabled = send(client, b"garbage", north=north, key=None)

    assert unsigned.status_code == disabled.status_code == 401
    assert unsigned["WWW-Authenticate"] == "HMAC-SHA256"
    assert problem_of(unsigned)["code"] == "missing_header"
    assert send(client, THREE, north=north, content_type="text/plain").status_code == 401


def test_a_batch_of_another_media_type_is_415_and_another_method_405(
    client: Front, north: Registered
) -> None:
    assert send(client, THREE, north=north, content_type="text/plain").status_code == 415
    response = client.get(PATH)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_batch_is_known_by_its_key_while_signatures_are_off(
    client: Front, settings: Settings
) -> None:
    settings.HMAC_PRODUCER_ENABLED = False
    headers = {"Idempotency-Key": KEY}

    first = post(client, THREE, headers=headers, path=PATH)
    again = post(client, THREE, headers=headers, path=PATH)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert Signal.objects.count() == 3


def test_payload_values_of_a_batch_never_reach_the_log(
    client: Front, north: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    with capture_logs() as logs:
        send(client, batch_of(signal_body(payload={"x": "canary-4711"})), north=north)
        send(client, batch_of(signal_body(side="canary-4711")), north=north, key="2")

    said = f"{logs} {caplog.text}"
    assert "hmac_validation_attempted" in said
    assert "canary-4711" not in said
