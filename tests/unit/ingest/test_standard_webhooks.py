"""Standard Webhooks: who signed, and when."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from common.webhook_signing import (
    InvalidWebhookSecret,
    new_webhook_secret,
    sign_webhook,
    webhook_key,
)
from ingest.signatures import MissingHeader, SignatureMismatch
from ingest.standard_webhooks import (
    MalformedWebhookId,
    MalformedWebhookSignature,
    MalformedWebhookTimestamp,
    read_webhook_headers,
    read_webhook_timestamp,
    require_webhook_signature,
)

# The vector that the libraries of the specification test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'
OTHER = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="


def verify(body: bytes = BODY, *, secret: str = SECRET, **changes: str) -> None:
    headers = VECTOR | {name.replace("_", "-"): value for name, value in changes.items()}
    require_webhook_signature(body, read_webhook_headers(headers), keys=[webhook_key(secret)])


def test_the_published_vector_holds() -> None:
    verify()
    signed = sign_webhook(
        BODY,
        webhook_id=VECTOR["webhook-id"],
        timestamp=VECTOR["webhook-timestamp"],
        key=webhook_key(SECRET),
    )
    assert signed == VECTOR["webhook-signature"]
    assert read_webhook_timestamp("1614265330") == datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)


def test_one_of_several_signatures_is_enough() -> None:
    listed = [OTHER, "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqww", VECTOR["webhook-signature"]]

    verify(webhook_signature=" ".join(listed))


@pytest.mark.parametrize(
    "changes",
    [
        {"body": BODY + b"\n"},
        {"webhook_id": "msg_other"},
        {"webhook_timestamp": "1614265331"},
        {"webhook_signature": OTHER},
        {"secret": "whsec_" + base64.b64encode(b"another key of 24 bytes!").decode()},
    ],
)
def test_whatever_is_changed_breaks_the_signature(changes: dict[str, object]) -> None:
    with pytest.raises(SignatureMismatch):
        verify(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(VECTOR))
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(MissingHeader) as error:
        read_webhook_headers({key: value for key, value in VECTOR.items() if key != name})

    assert error.value.message == f"The header {name} is missing."


@pytest.mark.parametrize("webhook_id", ["", "a.b", "a,a", "a b", "ä", "a\n", "a" * 256])
def test_an_id_that_could_be_read_in_two_ways_is_refused(webhook_id: str) -> None:
    with pytest.raises(MalformedWebhookId):
        verify(webhook_id=webhook_id)


@pytest.mark.parametrize(
    "timestamp", ["", "0", "-1", "+1", "01614265330", "1614265330.5", "1e9", "9" * 12, "\u0661"]
)
def test_a_timestamp_is_whole_seconds(timestamp: str) -> None:
    with pytest.raises(MalformedWebhookTimestamp):
        verify(webhook_timestamp=timestamp)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v1",
        "v1,",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",  # spells the same bytes
        "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        f"{OTHER},{OTHER}",  # the header given twice
        f"{OTHER}  {OTHER}",
        " ".join([OTHER] * 17),
    ],
)
def test_a_signature_has_one_spelling(signature: str) -> None:
    with pytest.raises(MalformedWebhookSignature):
        verify(webhook_signature=signature)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_!!!!", "whsec_ä"],
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(InvalidWebhookSecret):
        webhook_key(secret)


def test_a_new_secret_is_one_and_padding_may_be_left_out() -> None:
    secret = new_webhook_secret()

    assert len(webhook_key(secret)) == 32
    assert webhook_key(secret.rstrip("=")) == webhook_key(secret)
    assert new_webhook_secret() != secret
