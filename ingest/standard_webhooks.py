"""Who signed a request in the form of Standard Webhooks, and when.

Knows no producers, only the keys it is given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from common.errors import Unauthenticated
from common.webhook_signing import (
    ID_HEADER,
    SIGNATURE_HEADER,
    SYMMETRIC,
    TIMESTAMP_HEADER,
    signed_content,
)
from ingest.signatures import MissingHeader, SignatureMismatch

HEADERS = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)

MAX_SIGNATURES = 16

# Any visible character but the full stop, and but the comma, with which servers join repetitions.
WEBHOOK_ID = re.compile(r"[!-+\-/-~]{1,255}")
TIMESTAMP = re.compile(r"[1-9][0-9]{0,10}")
SIGNATURE = re.compile(r"v[0-9]+[a-z]*,[A-Za-z0-9+/]+={0,2}")


class MalformedWebhookId(Unauthenticated):
    """webhook-id is 1 to 255 visible characters without full stop and comma, given once."""

    code = "malformed_webhook_id"


class MalformedWebhookTimestamp(Unauthenticated):
    """webhook-timestamp is the number of seconds since 1970, given once."""

    code = "malformed_webhook_timestamp"


class MalformedWebhookSignature(Unauthenticated):
    """webhook-signature is a list such as v1,<base64 of 32 bytes>, separated by spaces."""

    code = "malformed_webhook_signature"


@dataclass(frozen=True, kw_only=True)
class WebhookHeaders:
    """What the three headers say, once their grammar is checked."""

    webhook_id: str
    timestamp: str
    sent_at: datetime
    macs: tuple[bytes, ...]


def read_webhook_headers(headers: Mapping[str, str]) -> WebhookHeaders:
    """Return what the headers of a signed webhook say.

    Raises
    ------
    MissingHeader
        Naming the first that is absent, in the order id, timestamp, signature.
    MalformedWebhookId, MalformedWebhookTimestamp, MalformedWebhookSignature
        Checked in this order.
    """
    for name in HEADERS:
        if name not in headers:
            raise MissingHeader(f"The header {name} is missing.", header=name)
    return WebhookHeaders(
        webhook_id=require_webhook_id(headers[ID_HEADER]),
        timestamp=headers[TIMESTAMP_HEADER],
        sent_at=read_webhook_timestamp(headers[TIMESTAMP_HEADER]),
        macs=read_webhook_signatures(headers[SIGNATURE_HEADER]),
    )


def require_webhook_id(text: str) -> str:
    """Return the id of a webhook, or raise MalformedWebhookId."""
    if WEBHOOK_ID.fullmatch(text) is None:
        raise MalformedWebhookId()
    return text


def read_webhook_timestamp(text: str) -> datetime:
    """Return the instant of a webhook, or raise MalformedWebhookTimestamp."""
    if TIMESTAMP.fullmatch(text) is None:
        raise MalformedWebhookTimestamp()
    return datetime.fromtimestamp(int(text), tz=UTC)


def read_webhook_signatures(text: str) -> tuple[bytes, ...]:
    """Return the symmetric signatures of a list; those of other versions are passed over.

    Raises
    ------
    MalformedWebhookSignature
        An entry is none, there are too many, or none is of version 1.
    """
    entries = text.split(" ")
    if len(entries) > MAX_SIGNATURES:
        raise MalformedWebhookSignature()
    if any(SIGNATURE.fullmatch(entry) is None for entry in entries):
        raise MalformedWebhookSignature()
    macs = tuple(_read_mac(entry) for entry in entries if entry.startswith(SYMMETRIC))
    if not macs:
        raise MalformedWebhookSignature()
    return macs


def require_webhook_signature(
    body: bytes, headers: WebhookHeaders, *, keys: Iterable[bytes]
) -> None:
    """Accept a request of which one signature was made with one of the keys.

    Every key is tried on every signature, so the time taken does not tell which came close.

    Raises
    ------
    SignatureMismatch
    """
    content = signed_content(body, webhook_id=headers.webhook_id, timestamp=headers.timestamp)
    expected = [hmac.digest(key, content, hashlib.sha256) for key in keys]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in headers.macs]
    if not any(matches):
        raise SignatureMismatch()


def _read_mac(entry: str) -> bytes:
    spelled = entry.removeprefix(SYMMETRIC)
    try:
        mac = base64.b64decode(spelled, validate=True)
    except binascii.Error:
        raise MalformedWebhookSignature() from None
    # Of several spellings of the same bytes only the standard one is a signature.
    if len(mac) != hashlib.sha256().digest_size or base64.b64encode(mac).decode() != spelled:
        raise MalformedWebhookSignature()
    return mac
