"""The contract while signatures are switched off."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from common.clock import utc_now
from ingest.models import Side, Signal, SignalStatus
from tests.ingest.builders import JSON, PATH, Front, post, signal_body
from tests.ingest.fronts import DjangoFront

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_off")]

LIMIT = 32_768
SMALLEST = len('{"x":""}')


def payload_of(size: int, character: str = "x") -> dict[str, str]:
    """Build a payload whose compact JSON has ``size`` bytes."""
    return {"x": character * ((size - SMALLEST) // len(character.encode()))}


def test_a_valid_signal_is_stored_and_answered_with_its_receipt(client: Front) -> None:
    before = utc_now()
    response = post(client, signal_body())
    body = json.loads(response.content)

    assert response.status_code == 201
    assert response["Content-Type"] == "application/json"
    assert set(body) == {"id", "status", "created_at"}
    signal = Signal.objects.get()
    assert uuid.UUID(body["id"]) == signal.id
    assert body["status"] == 0
    assert datetime.fromisoformat(body["created_at"]) == signal.created_at
    assert before <= signal.created_at <= utc_now()
    assert signal.updated_at == signal.created_at
    assert (signal.instrument, signal.side, signal.version) == ("XAUUSD", Side.BUY, 1)
    assert signal.time == datetime(2026, 1, 5, 11, 59, 30, tzinfo=UTC)
    assert signal.payload == {"rsi": 28.4}
    assert signal.status == SignalStatus.NEW
    assert signal.producer is None


@pytest.mark.parametrize("field", ["payload", "version"])
def test_a_field_with_a_default_may_be_left_out(client: Front, field: str) -> None:
    assert post(client, signal_body(**{field: ...})).status_code == 201

    signal = Signal.objects.get()
    assert signal.version == 1
    assert (signal.payload is None) == (field == "payload")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"deep": [{"a": [1, 2.5, None, True, "é😀\\u0000"]}]},
        {"big": 10**30, "small": 1e-300, "negative": -0.5},
        {"": "empty key", "$ref": "not looked at"},
    ],
)
def test_a_payload_is_stored_as_it_is(client: Front, payload: Any) -> None:
    assert post(client, signal_body(payload=payload)).status_code == 201

    assert Signal.objects.get().payload == payload


def test_unknown_top_level_fields_are_ignored(client: Front) -> None:
    assert post(client, signal_body(comment="hello")).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instrument", "NO"),
        ("instrument", "A" * 20),
        ("instrument", "BRK.B"),
        ("instrument", "0._-"),
        ("side", 1),
        ("time", "2026-01-05T12:00:00.123456+05:30"),
        ("time", "2026-01-05T12:00Z"),
        ("time", "2026-01-05 12:00:00-08"),
        ("time", "0001-01-02T00:00:00+14:00"),
        ("version", 2_147_483_647),
    ],
)
def test_what_the_contract_allows_is_stored(client: Front, field: str, value: Any) -> None:
    assert post(client, signal_body(**{field: value})).status_code == 201

    stored = getattr(Signal.objects.get(), field)
    assert stored == (datetime.fromisoformat(value) if field == "time" else value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instrument", ...),
        ("instrument", None),
        ("instrument", 7),
        ("instrument", "X"),
        ("instrument", "A" * 21),
        ("instrument", "xauusd"),
        ("instrument", "XAU USD"),
        ("instrument", "XAUUSD\n"),
        ("instrument", "\nXAUUSD"),
        ("instrument", "XAU/USD"),
        ("instrument", "ÄÖ"),
        ("side", ...),
        ("side", None),
        ("side", 2),
        ("side", -1),
        ("side", True),
        ("side", False),
        ("side", "1"),
        ("side", 1.0),
        ("side", 0.0),
        ("side", [0]),
        ("time", ...),
        ("time", None),
        ("time", 1767614400),
        ("time", 1767614400.5),
        ("time", "1767614400"),
        ("time", True),
        ("time", "2026-01-05"),
        ("time", "2026-01-05Z"),
        ("time", "2026-01-05T12:00:00"),
        ("time", "2026-13-05T12:00:00Z"),
        ("time", "2026-01-05T25:00:00Z"),
        ("time", "2026-01-05T12:00:00+25:00"),
        ("time", "2026-01-05T12:00:00Z\n"),
        ("time", "20260105T120000Z"),
        ("time", "2026-W02-1T12:00:00Z"),
        ("time", "0001-01-01T00:00:00+14:00"),
        ("time", "yesterday"),
        ("payload", []),
        ("payload", "text"),
        ("payload", 0),
        ("payload", False),
        ("version", None),
        ("version", 0),
        ("version", -1),
        ("version", True),
        ("version", "1"),
        ("version", 1.0),
        ("version", 2_147_483_648),
        ("version", 10**40),
    ],
)
def test_a_field_outside_the_contract_is_422_and_named(
    client: Front, field: str, value: Any
) -> None:
    response = post(client, signal_body(**{field: value}))

    assert response.status_code == 422
    (problem,) = json.loads(response.content)["detail"]
    assert set(problem) == {"loc", "msg", "type"}
    assert problem["loc"] == ["body", field]
    assert (problem["type"] == "missing") == (value is ...)
    assert Signal.objects.count() == 0


def test_every_wrong_field_is_named_at_once(client: Front) -> None:
    response = post(client, {"side": 2, "version": 0})

    problems = json.loads(response.content)["detail"]
    assert [problem["loc"][1] for problem in problems] == ["instrument", "side", "time", "version"]


@pytest.mark.parametrize("body", [[], "text", 7, None, True])
def test_a_body_that_is_no_object_is_422(client: Front, body: Any) -> None:
    response = post(client, body)

    assert response.status_code == 422
    assert json.loads(response.content)["detail"][0]["loc"] == ["body"]


@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"side=0",
        b'{"side": NaN}',
        b'{"side": -Infinity}',
        b'{"side": 1e999}',
        b'{"side": 0, "side": 1}',
        b'{"payload": {"a": 1, "a": 2}}',
        b'{"payload": {"a": "\\u0000"}}',
        b'{"payload": {"\\ud800": 1}}',
        b'{"instrument": "\xff"}',
        b'{"version": ' + b"9" * 5000 + b"}",
        b"[" * 30_000,
        b'{"payload":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ],
)
def test_a_body_that_is_not_strict_json_is_400(client: Front, raw: bytes) -> None:
    response = post(client, raw)

    assert response.status_code == 400
    assert isinstance(json.loads(response.content)["detail"], str)
    assert Signal.objects.count() == 0


def test_an_empty_body_is_400(client: Front) -> None:
    response = client.post(PATH, CONTENT_TYPE="application/json", data=b"", content_type=JSON)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON", 201),
        ("application/json; charset=utf-8", 201),
        ('application/json; charset="UTF-8"', 201),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json, application/json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=b", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
def test_only_json_is_a_signal(client: Front, content_type: str, status: int) -> None:
    assert post(client, signal_body(), content_type=content_type).status_code == status
    assert Signal.objects.count() == (status == 201)


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (payload_of(1024), 201),
        (payload_of(LIMIT), 201),
        (payload_of(LIMIT + 1), 413),
        (payload_of(LIMIT + 1024), 413),
        (payload_of(64 * 1024), 413),
    ],
)
def test_a_payload_of_up_to_its_limit_is_stored(
    client: Front, payload: dict[str, str], status: int
) -> None:
    assert post(client, signal_body(payload=payload)).status_code == status
    assert Signal.objects.count() == (status == 201)


def test_a_payload_is_measured_in_bytes_of_utf8(client: Front) -> None:
    fits = json.dumps(signal_body(payload=payload_of(LIMIT, "é")), ensure_ascii=False)
    exceeds = json.dumps(signal_body(payload=payload_of(LIMIT + 2, "é")), ensure_ascii=False)

    assert post(client, fits.encode()).status_code == 201
    assert post(client, exceeds.encode()).status_code == 413


def test_spaces_do_not_count_as_payload_but_as_body(client: Front) -> None:
    raw = json.dumps(signal_body(payload=payload_of(LIMIT))).encode()
    room = LIMIT + 4096 - len(raw)

    assert post(client, raw + b" " * room).status_code == 201
    assert post(client, raw + b" " * (room + 1)).status_code == 413


def test_the_limit_follows_the_environment(client: Front, settings: Settings) -> None:
    settings.SIGNALS_PAYLOAD_MAX_BYTES = 100

    assert post(client, signal_body(payload=payload_of(100))).status_code == 201
    assert post(client, signal_body(payload=payload_of(101))).status_code == 413


def test_the_checks_come_in_the_order_of_the_contract(client: Front) -> None:
    huge = b"x" * 40_000
    long_payload = payload_of(LIMIT + 1)

    assert post(client, huge, content_type="text/plain").status_code == 413
    assert post(client, b"no json", content_type="text/plain").status_code == 415
    assert post(client, b'{"side": 7').status_code == 400
    assert post(client, signal_body(side=7, payload=long_payload)).status_code == 422
    assert post(client, signal_body(payload=long_payload)).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Producer-Id": ""},
        {"X-Producer-Id": "north", "X-Timestamp": "long ago", "X-Signature": "wrong"},
    ],
)
def test_the_headers_are_ignored(client: Front, headers: dict[str, str]) -> None:
    first = json.loads(post(client, signal_body(), headers=headers).content)
    second = json.loads(post(client, signal_body(), headers=headers).content)

    assert first["id"] != second["id"]
    assert set(Signal.objects.values_list("producer", flat=True)) == {None}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_405(client: Front, method: str) -> None:
    response = getattr(client, method)(PATH)

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert json.loads(response.content) == {"detail": "Method Not Allowed"}


def test_a_csrf_token_is_not_asked_for() -> None:
    assert post(DjangoFront(enforce_csrf_checks=True), signal_body()).status_code == 201


@pytest.fixture
def broken_table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE signals RENAME TO signals_away")
        yield
        cursor.execute("ALTER TABLE signals_away RENAME TO signals")


def test_a_database_that_is_not_ours_is_500_and_quotes_nothing(
    client: Front, broken_table: None
) -> None:
    response = post(client, signal_body())

    assert response.status_code == 500
    assert json.loads(response.content) == {"detail": "Internal Server Error"}


def test_a_wait_for_the_database_that_is_cut_off_is_503_and_stores_nothing(client: Front) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;"
        )
        cursor.execute(
            "CREATE TRIGGER slow AFTER INSERT ON signals FOR EACH ROW EXECUTE FUNCTION slow()"
        )
        cursor.execute("SET LOCAL statement_timeout = '100ms'")
        response = post(client, signal_body())
        cursor.execute("SET LOCAL statement_timeout = 0")

    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert json.loads(response.content) == {"detail": "The signal was not stored; send it again."}
    assert Signal.objects.count() == 0


def test_the_signals_of_an_hour_are_found_by_instrument_and_time(client: Front) -> None:
    start = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    for minutes in (0, 30, 90):
        moment = (start + timedelta(minutes=minutes)).isoformat()
        post(client, signal_body(instrument="EURUSD", time=moment))

    found = Signal.objects.filter(
        instrument="EURUSD", time__range=(start, start + timedelta(hours=1))
    )
    assert found.count() == 2
