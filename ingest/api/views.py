"""``POST /api/v1/signals``: the raw body first, then who sent it, then what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from common import row_scope
from common.clock import utc_now
from common.errors import MalformedRequest, SignalHubError, TooLarge, Unauthenticated
from common.http.problems import status_of
from ingest.api.attempts import audited_attempt
from ingest.api.serializers import InvalidSignal, read_signal, write_receipt
from ingest.authentication import Origin, authenticate
from ingest.services.signals import Receipt, accept_signal
from ingest.signatures import read_headers
from ingest.strict_json import parse_json

logger = structlog.get_logger("ingest.api")


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


@csrf_exempt
@row_scope.for_the_platform
def create_signal(request: HttpRequest) -> JsonResponse:
    """Accept one signal from a producer.

    201 ``{id, status, created_at}``; 200 with the same for the same signed request again; 413,
    401 or 400, 415, 400, 422, 413, 503 or 500, each as ``{"detail": …}``, checked in this order.
    """
    return respond(request, now=utc_now())


def respond(request: HttpRequest, *, now: datetime) -> JsonResponse:
    """Answer a request that arrived at ``now``."""
    if request.method != "POST":
        return _detail("Method Not Allowed", status=405, headers={"Allow": "POST"})
    try:
        receipt = _receive(request, now=now)
    except InvalidSignal as error:
        return _detail(error.details["violations"], status=status_of(error))
    except SignalHubError as error:
        return _detail(error.message, status=status_of(error), headers=_headers_of(error))
    except DatabaseError as error:
        return _not_stored(error)
    return JsonResponse(write_receipt(receipt), status=200 if receipt.replayed else 201)


def _receive(request: HttpRequest, *, now: datetime) -> Receipt:
    body = _read_body(request)
    if not settings.HMAC_PRODUCER_ENABLED:
        return _accept(request, body, origin=None, now=now)
    with audited_attempt(request.headers) as attempt:
        window = timedelta(seconds=settings.HMAC_CLOCK_SKEW_SECONDS)
        origin = authenticate(body, read_headers(request.headers), now=now, window=window)
        attempt.passed()
        receipt = _accept(request, body, origin=origin, now=now)
        if receipt.replayed:
            attempt.replayed()
    return receipt


def _accept(request: HttpRequest, body: bytes, *, origin: Origin | None, now: datetime) -> Receipt:
    _require_json(request)
    schema = origin.producer.payload_schema if origin else None
    signal = read_signal(parse_json(body), payload_schema=schema)
    receipt = accept_signal(signal, origin=origin, now=now)
    logger.info(
        "signal_replayed" if receipt.replayed else "signal_accepted",
        signal_id=str(receipt.id),
        instrument=signal.instrument,
        side=signal.side.label,
    )
    return receipt


def _read_body(request: HttpRequest) -> bytes:
    limit = settings.SIGNALS_PAYLOAD_MAX_BYTES + settings.SIGNALS_ENVELOPE_MAX_BYTES
    try:
        body = request.read(limit + 1)
    except UnreadablePostError:
        raise BodyUnreadable() from None
    if len(body) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes.", max_bytes=limit)
    return body


def _require_json(request: HttpRequest) -> None:
    parameters = request.content_params or {}
    charset = parameters.get("charset", "utf-8").lower()
    if request.content_type != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType()


def _not_stored(error: DatabaseError) -> JsonResponse:
    # The driver's message can quote the row, so only its kind is logged.
    logger.error("signal_not_stored", error=type(error).__name__)
    if isinstance(error, (OperationalError, InterfaceError)):
        return _detail(
            "The signal was not stored; send it again.", status=503, headers={"Retry-After": "1"}
        )
    return _detail("Internal Server Error", status=500)


def _headers_of(error: SignalHubError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": "HMAC-SHA256"}
    return {}


def _detail(detail: Any, *, status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, headers=headers)
