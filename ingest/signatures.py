"""Who signed a request, and when: decided from its raw bytes and three headers.

The signed message is the body, the timestamp and the producer id with nothing between them. What
keeps two requests from having one message is the strict grammar of the two headers: read from the
end, there is one way to take a message apart. Knows no producers, only the secrets it is given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.errors import MalformedRequest, Unauthenticated

PRODUCER_HEADER = "X-Producer-Id"
TIMESTAMP_HEADER = "X-Timestamp"
SIGNATURE_HEADER = "X-Signature"
HEADERS = (PRODUCER_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)

PRODUCER_ID = re.compile(r"[a-z][a-z0-9_-]{1,62}")
TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=")  # 32 bytes


class MissingHeader(Unauthenticated):
    """A header of the signature is missing."""

    code = "missing_header"


class RepeatedHeader(Unauthenticated):
    """A header of the signature is given twice."""

    code = "repeated_header"


class EmptyProducerId(MalformedRequest):
    """The header X-Producer-Id is empty."""

    code = "empty_producer_id"


class MalformedProducerId(Unauthenticated):
    """X-Producer-Id is a lower-case letter, then 1 to 62 of a-z, 0-9, _ and -."""

    code = "malformed_producer_id"


class MalformedTimestamp(Unauthenticated):
    """X-Timestamp is an instant with its zone, such as 2026-01-05T16:00:00Z."""

    code = "malformed_timestamp"


class MalformedSignature(Unauthenticated):
    """X-Signature is 32 bytes in standard base64 with padding."""

    code = "malformed_signature"


class SignatureMismatch(Unauthenticated):
    """The signature does not belong to this body, timestamp and producer."""

    code = "invalid_signature"


class TimestampOutsideWindow(Unauthenticated):
    """X-Timestamp is too far from the present instant."""

    code = "clock_skew"


@dataclass(frozen=True, kw_only=True)
class SignedHeaders:
    """What the three headers say, once their grammar is checked."""

    producer_id: str
    timestamp: str
    sent_at: datetime
    mac: bytes


def read_headers(headers: Mapping[str, str]) -> SignedHeaders:
    """Return what the headers of a signed request say.

    ``headers`` is looked up by the names above; a header that came twice has its values joined
    with a comma, as WSGI and ASGI servers do.

    Raises
    ------
    MissingHeader
        Naming the first that is absent, in the order producer, timestamp, signature.
    RepeatedHeader, EmptyProducerId, MalformedProducerId, MalformedTimestamp, MalformedSignature
        Checked in this order.
    """
    require_each_once(headers)
    return SignedHeaders(
        producer_id=require_producer_id(headers[PRODUCER_HEADER]),
        timestamp=headers[TIMESTAMP_HEADER],
        sent_at=read_timestamp(headers[TIMESTAMP_HEADER]),
        mac=read_signature(headers[SIGNATURE_HEADER]),
    )


def require_each_once(headers: Mapping[str, str]) -> None:
    """Accept headers of which each that is signed with is there, once.

    Raises
    ------
    MissingHeader, RepeatedHeader
    """
    for name in HEADERS:
        if name not in headers:
            raise MissingHeader(f"The header {name} is missing.", header=name)
    for name in HEADERS:
        if "," in headers[name]:
            raise RepeatedHeader(f"The header {name} is given twice.", header=name)


def is_producer_id(text: str) -> bool:
    """Tell whether a whole string is a producer id."""
    return PRODUCER_ID.fullmatch(text) is not None


def canonical_message(body: bytes, *, timestamp: str, producer_id: str) -> bytes:
    """Return the bytes that are signed."""
    return body + timestamp.encode() + producer_id.encode()


def sign(body: bytes, *, timestamp: str, producer_id: str, secret: bytes) -> str:
    """Return the value of X-Signature for a request."""
    message = canonical_message(body, timestamp=timestamp, producer_id=producer_id)
    return base64.b64encode(_mac(message, secret)).decode()


def require_signature(body: bytes, headers: SignedHeaders, *, secrets: Iterable[bytes]) -> None:
    """Accept a request that was signed with one of the secrets.

    Every secret is tried in full, so the time taken does not tell which one came close.

    Raises
    ------
    SignatureMismatch
        None of the secrets made this signature.
    """
    message = canonical_message(body, timestamp=headers.timestamp, producer_id=headers.producer_id)
    matches = [hmac.compare_digest(_mac(message, secret), headers.mac) for secret in secrets]
    if not any(matches):
        raise SignatureMismatch()


def require_fresh(
    sent_at: datetime, *, now: datetime, window: timedelta, strict: bool = False
) -> None:
    """Accept a timestamp at most ``window`` away from ``now``, both ends included.

    ``strict`` also refuses every timestamp after ``now``.

    Raises
    ------
    TimestampOutsideWindow
    """
    age = now - sent_at
    earliest = timedelta(0) if strict else -window
    if not earliest <= age <= window:
        raise TimestampOutsideWindow()


def require_producer_id(text: str) -> str:
    """Return the id of a producer, or raise EmptyProducerId or MalformedProducerId."""
    if not text.strip():
        raise EmptyProducerId()
    if not is_producer_id(text):
        raise MalformedProducerId()
    return text


def read_timestamp(text: str) -> datetime:
    """Return the instant of a timestamp, or raise MalformedTimestamp."""
    if TIMESTAMP.fullmatch(text) is None:
        raise MalformedTimestamp()
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # the 13th month
        raise MalformedTimestamp() from None


def read_signature(text: str) -> bytes:
    """Return the bytes of a signature, or raise MalformedSignature."""
    if SIGNATURE.fullmatch(text) is None:
        raise MalformedSignature()
    try:
        mac = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise MalformedSignature() from None
    # The last character carries two bits that decode to nothing: 4 spellings, one is standard.
    if base64.b64encode(mac).decode() != text:
        raise MalformedSignature()
    return mac


def _mac(message: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, message, hashlib.sha256)
