"""Bodies and signed requests as a producer would send them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings

from common.clock import utc_now
from ingest import signatures
from ingest.api.views import respond

PATH = "/api/v1/signals"
JSON = "application/json"


def signal_body(**changes: Any) -> dict[str, Any]:
    """Build a valid body; a field set to ``...`` is left out."""
    body = {
        "instrument": "XAUUSD",
        "side": 0,
        "time": "2026-01-05T11:59:30Z",
        "payload": {"rsi": 28.4},
        "version": 1,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def encode(body: Any) -> bytes:
    """Spell a body as bytes; bytes stay as they are."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def signed_headers(
    raw: bytes, *, producer_id: str, secret: str, at: datetime | str
) -> dict[str, str]:
    """Build the three headers of a signed request."""
    timestamp = at if isinstance(at, str) else at.isoformat().replace("+00:00", "Z")
    signature = signatures.sign(
        raw, timestamp=timestamp, producer_id=producer_id, secret=secret.encode()
    )
    return {
        "X-Producer-Id": producer_id,
        "X-Timestamp": timestamp,
        "X-Signature": signature,
    }


def post(
    client: Client,
    body: Any,
    *,
    headers: dict[str, str] | None = None,
    content_type: str = JSON,
) -> HttpResponse:
    """Send a body to the endpoint."""
    response = client.post(PATH, encode(body), content_type=content_type, headers=headers)
    return cast(HttpResponse, response)


def post_signed(
    client: Client, body: Any, *, secret: str, producer_id: str = "north", **changes: str
) -> HttpResponse:
    """Send a body with a signature of this moment; ``changes`` replace headers afterwards."""
    raw = encode(body)
    headers = signed_headers(raw, producer_id=producer_id, secret=secret, at=utc_now())
    return post(client, raw, headers=headers | changes)


def respond_at(now: datetime, raw: bytes, headers: dict[str, str]) -> HttpResponse:
    """Answer a signed request as if it arrived at ``now``."""
    request = RequestFactory().post(PATH, raw, content_type=JSON, headers=headers)
    with override_settings(HMAC_PRODUCER_ENABLED=True):
        return respond(request, now=now)
