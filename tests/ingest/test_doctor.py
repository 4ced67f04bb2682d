"""The signature doctor: what it finds, and that nobody can sign with its help."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from common.clock import utc_now
from common.webhook_signing import sign_webhook, webhook_key
from ingest import signatures
from ingest.mapping_rules import TRADINGVIEW
from ingest.models import Dialect, Producer, Signal
from ingest.pasted_requests import PastedRequest, read_pasted
from ingest.services.doctor import NobodyNamed, NothingPasted
from ingest.services.producers import create_producer, rotate_secret
from ingest.signature_doctor import Diagnosis, Verdict
from tests.factories import NOON
from tests.ingest.builders import encode, post_signed, signal_body
from tests.ingest.conftest import Registered
from tests.ingest.fronts import DjangoFront
from tests.ingest.pasted import (
    DOCTOR,
    LONG_AGO,
    RAW,
    codes,
    everything,
    examined,
    headers_of,
    pasted,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]


def test_a_right_request_has_nothing_wrong(north: Registered, olga: User) -> None:
    diagnosis = examined(pasted(headers_of(north)), olga)

    assert diagnosis.first_broken is None
    assert diagnosis.matches
    assert {finding.verdict for finding in diagnosis.findings} == {Verdict.HELD}
    hashed = diagnosis.hashed
    assert hashed is not None
    assert hashed.length == len(RAW) + len("2026-01-05T12:00:00Znorth")
    assert "".join(piece.text for piece in hashed.pieces).endswith("2026-01-05T12:00:00Znorth")
    assert diagnosis.skew_seconds == 0


@pytest.mark.parametrize(
    ("changes", "body", "code"),
    [
        ({"X-Timestamp": None}, RAW, "missing_header"),
        ({"X-Producer-Id": "north,north"}, RAW, "repeated_header"),
        ({"X-Timestamp": "2026-01-05 12:00:00"}, RAW, "malformed_timestamp"),
        ({"X-Signature": "00" * 32}, RAW, "malformed_signature"),
        ({"X-Signature": "A" * 43 + "="}, RAW, "invalid_signature"),
        ({}, RAW + b"\n", "invalid_signature"),
        ({}, b" " * 40_000, "body_too_large"),
    ],
)
def test_the_first_rule_that_fails_is_the_doors(
    north: Registered,
    olga: User,
    changes: dict[str, str | None],
    body: bytes,
    code: str,
) -> None:
    headers = {k: v for k, v in {**headers_of(north), **changes}.items() if v is not None}

    diagnosis = examined(pasted(headers, body), olga, producer=north.producer)

    assert diagnosis.first_broken is not None
    assert diagnosis.first_broken.code == code


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (RAW, "text/plain", "unsupported_media_type"),
        (b"{", "application/json", "body_not_json"),
        (encode(signal_body(side=True)), "application/json", "invalid_signal"),
        (encode(signal_body(payload={"a": "x" * 33_000})), "application/json", "payload_too_large"),
    ],
)
def test_the_rules_below_a_right_signature_are_asked_too(
    north: Registered, olga: User, body: bytes, content_type: str, code: str
) -> None:
    headers = {**headers_of(north, body), "Content-Type": content_type}

    diagnosis = examined(pasted(headers, body), olga)

    assert diagnosis.matches
    assert codes(diagnosis) == [code]


def test_a_clock_that_is_off_is_measured_at_the_instant_given(
    north: Registered, olga: User
) -> None:
    request = pasted(headers_of(north))

    late = examined(request, olga, received_at=NOON + timedelta(seconds=300.1))
    now = examined(request, olga, received_at=NOON + timedelta(seconds=300))

    assert (codes(late), late.skew_seconds) == (["clock_skew"], 300.1)
    assert codes(now) == []


@pytest.mark.parametrize(
    ("signed", "cause"),
    [
        (RAW + b"\n", "signed the body with a newline at its end"),
        (json.dumps(signal_body(), separators=(",", ":")).encode(), "same JSON without spaces"),
    ],
)
def test_a_slip_of_the_sender_is_named(
    north: Registered, olga: User, signed: bytes, cause: str
) -> None:
    diagnosis = examined(pasted(headers_of(north, signed)), olga)

    assert codes(diagnosis) == ["invalid_signature"]
    assert len(diagnosis.causes) == 1
    assert cause in diagnosis.causes[0]


def test_the_secret_of_another_producer_is_recognised_within_the_organisation_only(
    north: Registered, south: Registered, olga: User
) -> None:
    west = Registered(*create_producer("west", acting_user=olga, now=NOON))

    own = examined(pasted(headers_of(west)), olga)
    foreign = examined(pasted(headers_of(south)), olga)

    assert own.causes == ["used the secret of west"]
    assert foreign.causes == []
    assert "south" not in everything(foreign)


def test_the_previous_secret_is_a_valid_one(north: Registered, olga: User) -> None:
    rotate_secret(north.producer, acting_user=olga, now=NOON)

    diagnosis = examined(pasted(headers_of(north)), olga)

    assert [one.matches for one in diagnosis.expected] == [False, True]
    assert codes(diagnosis) == []


def expected_for(north: Registered, stamp: str, raw: bytes = RAW) -> str:
    return signatures.sign(raw, timestamp=stamp, producer_id="north", secret=north.secret.encode())


@pytest.mark.parametrize("seconds", [0, -300, 300, 301, 3600, 10 * 365 * 86400])
def test_a_signature_that_could_still_be_sent_is_never_told(
    north: Registered, olga: User, seconds: int
) -> None:
    stamp = (NOON + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    forged = {**headers_of(north, at=stamp), "X-Signature": "A" * 43 + "="}

    diagnosis = examined(pasted(forged), olga)

    wanted = expected_for(north, stamp)
    assert [one.whole for one in diagnosis.expected] == [False]
    assert diagnosis.expected[0].shown == f"{wanted[:4]}…{wanted[-4:]}"
    assert wanted not in everything(diagnosis)


def test_a_signature_that_is_too_old_to_be_sent_is_told(north: Registered, olga: User) -> None:
    stamp = "2026-01-05T11:54:59Z"
    forged = {**headers_of(north, at=stamp), "X-Signature": "A" * 43 + "="}

    diagnosis = examined(pasted(forged), olga)

    assert diagnosis.expected[0].shown == expected_for(north, stamp)


def test_pretending_that_it_came_later_tells_nothing_more(north: Registered, olga: User) -> None:
    forged = {**headers_of(north), "X-Signature": "A" * 43 + "="}

    diagnosis = examined(pasted(forged), olga, received_at=NOON + timedelta(days=1))

    assert [one.whole for one in diagnosis.expected] == [False]


@pytest.mark.parametrize(
    "changes",
    [
        # Both spell the bytes of another request, whose headers would be in order.
        {"X-Timestamp": ""},
        {"X-Timestamp": "2026-01-05T12:00:00Z", "X-Producer-Id": "orth"},
        {"X-Producer-Id": ""},
    ],
)
def test_bytes_that_could_be_another_request_are_never_signed(
    north: Registered, olga: User, changes: dict[str, str]
) -> None:
    stamp = "2026-01-05T12:00:00Z"
    body = RAW + stamp.encode() + (b"north" if changes.get("X-Producer-Id") == "" else b"")
    forged = {**headers_of(north, at=LONG_AGO), "X-Signature": "A" * 43 + "=", **changes}

    diagnosis = examined(pasted(forged, body), olga, producer=north.producer)

    assert diagnosis.expected == []


def test_what_was_stored_is_recognised(north: Registered, olga: User) -> None:
    now = utc_now()
    headers = headers_of(north, at=now)
    post_signed(DjangoFront(), RAW, secret=north.secret, **headers)

    diagnosis = examined(pasted(headers), olga, now=now)

    assert Signal.objects.count() == 1
    assert diagnosis.already_stored
    assert diagnosis.first_broken is None


def test_a_webhook_is_examined_by_its_own_rules(olga: User) -> None:
    _, secret = create_producer(
        "hooks", dialect=Dialect.STANDARD_WEBHOOKS, acting_user=olga, now=NOON
    )
    stamp = str(int(LONG_AGO.timestamp()))
    target = "https://example.com/api/v1/signals/from/hooks?x=1"

    def sign(raw: bytes, key: bytes) -> PastedRequest:
        signature = sign_webhook(raw, webhook_id="msg_1", timestamp=stamp, key=key)
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": stamp,
            "webhook-signature": signature,
        }
        return PastedRequest(target, [("content-type", "application/json"), *headers.items()], RAW)

    right = examined(sign(RAW, webhook_key(secret)), olga)
    as_text = examined(sign(RAW, secret.encode()), olga)

    assert codes(right) == ["clock_skew"]
    assert right.matches
    assert as_text.causes == ["used the secret as text, without decoding it"]
    assert [one.whole for one in as_text.expected] == [True]
    dotted = sign(RAW, webhook_key(secret))
    dotted.headers[1] = ("webhook-id", "msg.1")
    assert examined(dotted, olga).expected == []


def test_a_token_is_compared_and_never_shown(olga: User) -> None:
    _, secret = create_producer(
        "alerts", dialect=Dialect.TRADINGVIEW, mapping=TRADINGVIEW, acting_user=olga, now=NOON
    )
    body = {"token": secret, "ticker": "AAPL", "action": "buy"}
    alerts = Producer.objects.get()

    def ask(**changes: str) -> Diagnosis:
        request = pasted({"Content-Type": "text/plain"}, encode({**body, **changes}))
        return examined(request, olga, producer=alerts)

    right, spaced = ask(), ask(token=f"{secret} ")

    assert codes(right) == []
    assert right.holds_secret
    assert secret not in everything(right)
    assert codes(spaced) == ["wrong_token"]
    assert spaced.causes == ["put white space around the token"]
    assert codes(ask(token="{{token}}")) == ["wrong_token"]


def test_every_use_is_audited_without_what_was_pasted(north: Registered, olga: User) -> None:
    examined(pasted(headers_of(north), RAW + b"\n"), olga)

    event = AuditEvent.objects.get(event="signature_examined")
    assert (event.actor, event.object_id) == (olga, str(north.producer.pk))
    assert event.after == {
        "producer_id": "north",
        "refused_for": "invalid_signature",
        "signature_matches": False,
        "signature_told": False,
        "body_bytes": len(RAW) + 1,
    }


def test_nobody_examines_for_another_organisation(
    north: Registered, south: Registered, mallory: User, ada: User
) -> None:
    page = reverse(DOCTOR)
    data = {"request": "X-Producer-Id: north\n\n{}"}
    outside, author = Client(), Client()
    outside.force_login(mallory)
    author.force_login(ada)

    answer = outside.post(page, data).content.decode()
    chosen = outside.post(page, {**data, "producer": "north"}).content.decode()

    assert "names no producer of your organisation" in answer
    assert "Select a valid choice" in chosen
    assert author.post(page, data).status_code == 403
    with pytest.raises(NobodyNamed):
        examined(pasted(headers_of(north)), mallory)
    with pytest.raises(NothingPasted):
        examined(read_pasted("X-Producer-Id: south"), mallory)
    assert not AuditEvent.objects.filter(event="signature_examined").exists()
