"""What a sender probably did differently."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.signature_variants import (
    Parts,
    Variant,
    bodies_of,
    find_cause,
    keys_of,
    spellings,
    timestamps_of,
)

SECRET = "shp_" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
SENT_AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
STAMP = "2026-01-05T12:00:00Z"
BODY = b'{"side": 0, "note": "\xc3\xa4"}\n'


def joined(body: bytes, timestamp: bytes, sender: bytes) -> bytes:
    return body + timestamp + sender


def timestamp_first(body: bytes, timestamp: bytes, sender: bytes) -> bytes:
    return timestamp + body + sender


PARTS = Parts(
    bodies=bodies_of(BODY),
    senders=[Variant("north"), Variant("south", "signed the producer id as south")],
    timestamps=timestamps_of(STAMP, SENT_AT),
    layouts=[Variant(joined), Variant(timestamp_first, "put the timestamp first")],
    keys=keys_of([(SECRET, ""), ("previous", "used the previous secret")], to_key=str.encode),
)


def signed(
    body: bytes = BODY,
    stamp: str = STAMP,
    sender: str = "north",
    secret: bytes = SECRET.encode(),
) -> bytes:
    return hmac.digest(secret, body + stamp.encode() + sender.encode(), hashlib.sha256)


def cause_of(mac: bytes) -> list[str]:
    return find_cause(PARTS, base64.b64encode(mac).decode())


def test_a_right_signature_has_no_cause() -> None:
    assert cause_of(signed()) == []


def test_a_signature_of_something_else_has_none_either() -> None:
    assert cause_of(signed(b"quite another body")) == []
    assert find_cause(PARTS, "") == []
    assert find_cause(PARTS, "ä no base64") == []


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"body": BODY.strip()}, "signed the body without a newline at its end"),
        ({"body": BODY + b"\n"}, "signed the body with a newline at its end"),
        (
            {"body": BODY.replace(b"\n", b"\r\n")},
            "signed the body with lines that end with CRLF",
        ),
        ({"body": b""}, "signed an empty body"),
        ({"body": '{"side":0,"note":"ä"}'.encode()}, "signed the same JSON without spaces"),
        (
            {"body": rb'{"note":"\u00e4","side":0}'},
            "signed the same JSON with its keys sorted and without spaces",
        ),
        (
            {"body": json.dumps(json.loads(BODY), indent=2).encode()},
            "signed the same JSON indented by 2",
        ),
        ({"sender": "south"}, "signed the producer id as south"),
        (
            {"stamp": "2026-01-05T12:00:00+00:00"},
            "signed the timestamp as 2026-01-05T12:00:00+00:00",
        ),
        ({"stamp": "1767614400"}, "signed the timestamp as 1767614400"),
        ({"stamp": ""}, "signed no timestamp"),
        ({"secret": b"previous"}, "used the previous secret"),
        ({"secret": SECRET.encode() + b"\n"}, "used the secret with a newline at its end"),
        ({"secret": SECRET[4:].encode()}, "used the secret without its prefix"),
        ({"secret": bytes(range(32))}, "decoded the secret from base64"),
    ],
)
def test_one_slip_is_recognised(changes: dict[str, Any], cause: str) -> None:
    assert cause_of(signed(**changes)) == [cause]


def test_two_slips_at_once_are_recognised_and_the_order_of_the_parts() -> None:
    first = hmac.digest(SECRET.encode(), STAMP.encode() + BODY.strip() + b"north", hashlib.sha256)

    assert cause_of(first) == [
        "signed the body without a newline at its end",
        "put the timestamp first",
    ]
    assert cause_of(signed(BODY.strip(), secret=b"previous")) == [
        "signed the body without a newline at its end",
        "used the previous secret",
    ]


def test_a_hash_without_a_key_is_recognised() -> None:
    mac = hashlib.sha256(SECRET.encode() + BODY + STAMP.encode() + b"north").digest()

    assert cause_of(mac) == ["computed SHA-256 over secret and content instead of an HMAC"]


@pytest.mark.parametrize(
    ("spelled", "cause"),
    [
        (lambda mac: mac.hex(), "in hexadecimal"),
        (lambda mac: mac.hex().upper(), "in hexadecimal"),
        (lambda mac: "sha256=" + mac.hex(), "in hexadecimal"),
        (lambda mac: base64.urlsafe_b64encode(mac).decode(), "URL-safe"),
        (lambda mac: base64.b64encode(mac).decode().rstrip("="), "padding"),
        (lambda mac: f" {base64.b64encode(mac).decode()}", "spaces"),
        (lambda mac: "v1," + base64.b64encode(mac).decode(), "v1,"),
        (lambda mac: base64.b64encode(mac.hex().encode()).decode(), "hexadecimal text in base64"),
    ],
)
def test_another_spelling_of_the_signature_is_recognised(spelled: Any, cause: str) -> None:
    # Both characters that the URL-safe alphabet spells otherwise occur in this one.
    mac = next(
        mac
        for number in range(10_000)
        if {"+", "/"} <= set(base64.b64encode(mac := signed(b"%d" % number)).decode())
    )

    found = [clause for form, clause in spellings(spelled(mac)) if form == mac]

    assert len(found) == 1
    assert cause in found[0]
