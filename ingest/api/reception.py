"""``POST /api/v1/signals``: the raw body first, then who sent it, then what it says.

Knows neither WSGI nor ASGI: both fronts hand it what came in, and carry its statements.
"""

from __future__ import annotations

from typing import Any

from common.errors import RateLimited, SignalHubError, Unauthenticated, Unavailable
from common.http.methods import MethodNotAllowed
from common.http.problems import status_of
from ingest.api.requests import (
    CONTENT_TYPE,
    Aftermath,
    Headers,
    Received,
    Reply,
    as_json,
    require_json,
)
from ingest.api.senders import Outcome, take_from_sender
from ingest.api.serializers import InvalidSignal, read_signal, write_receipt
from ingest.authentication import Origin
from ingest.dialogue import DatabaseRefused, Dialogue
from ingest.known_producers import KnownProducers
from ingest.services.acceptance import accept_signal
from ingest.strict_json import parse_json

RETRY_AFTER_SECONDS = 1


def receive_signal(request: Received, *, producers: KnownProducers) -> Dialogue[Reply]:
    """Accept one signal and answer.

    201 ``{id, status, created_at}``; 200 with the same for the same signed request again; 401 or
    400, 415, 400, 422, 413, 503 or 500, each as ``{"detail": …}``, checked in this order.
    """
    aftermath = Aftermath()

    def take(origin: Origin | None) -> Dialogue[Outcome]:
        return _take_signal(request, origin)

    try:
        outcome = yield from take_from_sender(
            request, take, producers=producers, aftermath=aftermath
        )
    except SignalHubError as error:
        return refusal(error, aftermath)
    except DatabaseRefused:
        return Reply(500, as_json({"detail": "Internal Server Error"}))
    status = 200 if outcome.replayed else 201
    return Reply(status, as_json(outcome.document), aftermath=aftermath)


def refusal(error: SignalHubError, aftermath: Aftermath | None = None) -> Reply:
    """Return the answer to a request that is refused, in the form that its clients expect."""
    detail: Any = error.message
    if isinstance(error, InvalidSignal):
        detail = error.details["violations"]
    elif isinstance(error, MethodNotAllowed):
        detail = "Method Not Allowed"
    headers = headers_of(error)
    return Reply(
        status_of(error), as_json({"detail": detail}), headers, aftermath=aftermath or Aftermath()
    )


def headers_of(error: SignalHubError) -> Headers:
    """Return what the answer to an error says besides its body."""
    if isinstance(error, Unauthenticated):
        return (("WWW-Authenticate", "HMAC-SHA256"),)
    if isinstance(error, MethodNotAllowed):
        return (("Allow", "POST"),)
    if isinstance(error, (Unavailable, RateLimited)):
        seconds = error.details.get("retry_after_seconds", RETRY_AFTER_SECONDS)
        return (("Retry-After", str(seconds)),)
    return ()


def _take_signal(request: Received, origin: Origin | None) -> Dialogue[Outcome]:
    require_json(request.headers.get(CONTENT_TYPE, ""))
    schema = origin.producer.payload_schema if origin else None
    signal = read_signal(parse_json(request.body), payload_schema=schema)
    receipt = yield from accept_signal(signal, origin=origin, now=request.now)
    return Outcome(
        document=write_receipt(receipt),
        facts={
            "signal_id": str(receipt.id),
            "instrument": signal.instrument,
            "side": signal.side.label,
        },
        replayed=receipt.replayed,
    )
