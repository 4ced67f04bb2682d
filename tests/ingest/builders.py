"""Bodies and signed requests as a producer would send them."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any, cast

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from common.clock import utc_now
from ingest import signatures
from ingest.api.doors import SINGLE
from ingest.api.views import respond
from tests.ingest.fronts import AsgiFront, DjangoFront

PATH = "/api/v1/signals"
JSON = "application/json"
Front = AsgiFront | DjangoFront


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
    client: Front,
    body: Any,
    *,
    headers: dict[str, str] | None = None,
    content_type: str = JSON,
    path: str = PATH,
) -> HttpResponse:
    """Send a body to the endpoint."""
    response = client.post(path, encode(body), content_type=content_type, headers=headers)
    return cast(HttpResponse, response)


def post_signed(
    client: Front, body: Any, *, secret: str, producer_id: str = "north", **changes: str
) -> HttpResponse:
    """Send a body with a signature of this moment; ``changes`` replace headers afterwards."""
    raw = encode(body)
    headers = signed_headers(raw, producer_id=producer_id, secret=secret, at=utc_now())
    return post(client, raw, headers=headers | changes)


def send_lines(client: Front, lines: list[tuple[str, str]], raw: bytes) -> HttpResponse:
    """Send header lines as they are: a name may come twice."""
    if isinstance(client, AsgiFront):
        return client.request("POST", PATH, lines, [raw])
    pairs = [(name.lower().encode(), value.encode()) for name, value in lines]
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [*pairs, (b"host", b"localhost")],
    }
    return respond(ASGIRequest(scope, io.BytesIO(raw)), SINGLE, now=utc_now())
