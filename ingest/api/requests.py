"""A request and its answer, as every front of ingest sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from common.errors import MalformedRequest, TooLarge
from common.http.methods import MethodNotAllowed
from common.http.peers import forwarded_address
from common.idempotency_keys import HEADER as IDEMPOTENCY_KEY
from ingest.dialogue import Statement
from ingest.signatures import PRODUCER_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

CONTENT_TYPE = "Content-Type"
FORWARDED_FOR = "X-Forwarded-For"
JSON = "application/json"
# What the answer may depend on, besides the body.
HEADERS = (PRODUCER_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER, CONTENT_TYPE, IDEMPOTENCY_KEY)
Headers = tuple[tuple[str, str], ...]


class BodyTooLarge(TooLarge):
    """The body is larger than a signal can be."""

    code = "body_too_large"


class BodyUnreadable(MalformedRequest):
    """The body ended before it was complete."""

    code = "body_unreadable"


class UnsupportedMediaType(MalformedRequest):
    """The Content-Type of a signal is application/json."""

    code = "unsupported_media_type"
    http_status = 415


def method_not_allowed() -> MethodNotAllowed:
    """Return the error of any method but POST, in the words that clients of this door know."""
    return MethodNotAllowed("Method Not Allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request whose body has come in whole.

    ``headers`` holds those of ``HEADERS`` that were sent; what came twice is joined with commas.
    """

    body: bytes
    headers: Mapping[str, str]
    peer: str
    forwarded_for: str
    now: datetime

    @property
    def address(self) -> str:
        """Return who sent it, as far as that can be believed; empty when nobody can tell."""
        found = forwarded_address(self.peer, self.forwarded_for)
        return "" if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a known producer's request stored nothing."""

    producer_pk: int
    reason: str


@dataclass(slots=True)
class Aftermath:
    """What remains to be done when the answer is on its way: nobody waits for it."""

    seen: Statement | None = None
    failure: Failure | None = None
    publishes: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes
    headers: Headers = ()
    content_type: str = JSON
    aftermath: Aftermath = field(default_factory=Aftermath)


def body_limit() -> int:
    """Return the most bytes that the body of one signal has."""
    limit: int = settings.SIGNALS_PAYLOAD_MAX_BYTES + settings.SIGNALS_ENVELOPE_MAX_BYTES
    return limit


def too_large(limit: int) -> BodyTooLarge:
    """Return the error of a body above its limit."""
    return BodyTooLarge(f"The body is larger than {limit} bytes.", max_bytes=limit)


def require_json(content_type: str) -> None:
    """Accept the Content-Type of JSON in UTF-8.

    Raises
    ------
    UnsupportedMediaType
    """
    if content_type == JSON:
        return
    try:
        media_type, parameters = parse_header_parameters(content_type)
    except (ValueError, LookupError):  # too long; in a character set that nobody knows
        raise UnsupportedMediaType() from None
    charset = parameters.get("charset", "utf-8")
    if media_type != JSON or charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType()


def as_json(value: Any) -> bytes:
    """Return a value as the body of an answer."""
    return json.dumps(value).encode()
