"""``POST /api/v1/signals/from/{producer_id}``: signals of senders that speak another dialect.

The size first, then the networks and the proof on the raw bytes, then the clock, the media type,
JSON, the mapping and the rules of every signal. A token stands in the JSON, so there the JSON is
read before it proves anything, and what cannot be read proves nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from common.errors import SignalHubError
from ingest.api.attempts import Attempt, audited_attempt
from ingest.api.mapped_signals import read_mapped_signal
from ingest.api.reception import refusal
from ingest.api.requests import (
    CONTENT_TYPE,
    Aftermath,
    Failure,
    Received,
    Reply,
    as_json,
    require_json,
)
from ingest.api.serializers import InvalidSignal, Violation, write_receipt
from ingest.authentication import Origin
from ingest.dialects import authenticate_token, authenticate_webhook
from ingest.dialogue import DatabaseRefused, Dialogue, Room
from ingest.failure_reasons import REPLAY
from ingest.known_producers import KnownProducer, KnownProducers
from ingest.mappings import holds_text
from ingest.services.acceptance import Receipt, accept_signal, seen_now
from ingest.services.repeated_bodies import origin_of_body
from ingest.signatures import PRODUCER_HEADER, is_producer_id
from ingest.standard_webhooks import HEADERS as WEBHOOK_HEADERS
from ingest.standard_webhooks import read_webhook_headers
from ingest.strict_json import parse_json

TEXT = "text/plain"
HEADERS = (*WEBHOOK_HEADERS, CONTENT_TYPE)


def receive_from(
    request: Received, *, producer_id: str, producers: KnownProducers
) -> Dialogue[Reply]:
    """Accept one signal of a producer that the address names; answered like a direct one.

    Has to be held inside one transaction. A proof is asked for even while signatures are switched
    off: whose mapping is followed has to be certain.
    """
    aftermath = Aftermath()
    try:
        receipt = yield from _take(request, producer_id, producers, aftermath)
    except SignalHubError as error:
        return refusal(error, aftermath)
    except DatabaseRefused:
        return Reply(500, as_json({"detail": "Internal Server Error"}))
    status = 200 if receipt.replayed else 201
    return Reply(status, as_json(write_receipt(receipt)), aftermath=aftermath)


def _take(
    request: Received, producer_id: str, producers: KnownProducers, aftermath: Aftermath
) -> Dialogue[Receipt]:
    with audited_attempt({PRODUCER_HEADER: producer_id}) as attempt:
        known = None
        if is_producer_id(producer_id):
            known = yield from producers.look_up(producer_id)
        try:
            origin, document = yield from _prove(request, known, attempt)
            yield Room(origin.producer.producer_id)
            return (yield from _store(request, origin, document, attempt, aftermath))
        except SignalHubError as error:
            if known is not None:
                aftermath.failure = Failure(known.producer.pk, error.code)
            raise


def _prove(
    request: Received, known: KnownProducer | None, attempt: Attempt
) -> Dialogue[tuple[Origin, Any]]:
    window = timedelta(seconds=settings.HMAC_CLOCK_SKEW_SECONDS)
    if any(name in request.headers for name in WEBHOOK_HEADERS):
        origin = authenticate_webhook(
            request.body,
            read_webhook_headers(request.headers),
            known=known,
            address=request.address,
            now=request.now,
            window=window,
        )
        attempt.passed()
        require_json(request.headers.get(CONTENT_TYPE, ""))
        return origin, parse_json(request.body)
    document = authenticate_token(request.body, known=known, address=request.address)
    assert known is not None  # nobody unknown has a token
    attempt.passed()
    attempt.reason = "valid_token"
    require_text(request.headers.get(CONTENT_TYPE, ""))
    _require_token_once(document, known)
    origin = yield from origin_of_body(request.body, known.producer, now=request.now, window=window)
    return origin, document


def _store(
    request: Received, origin: Origin, document: Any, attempt: Attempt, aftermath: Aftermath
) -> Dialogue[Receipt]:
    producer = origin.producer
    signal = read_mapped_signal(document, producer, received_at=request.now)
    receipt = yield from accept_signal(signal, origin=origin, now=request.now)
    facts: dict[str, str | int] = {
        "signal_id": str(receipt.id),
        "instrument": signal.instrument,
        "side": signal.side.label,
    }
    attempt.stored(facts, replayed=receipt.replayed)
    aftermath.seen = seen_now(producer, now=request.now)
    aftermath.publishes = not receipt.replayed
    if receipt.replayed:
        aftermath.failure = Failure(producer.pk, REPLAY)
    return receipt


def require_text(content_type: str) -> None:
    """Accept the Content-Type of an alert: JSON, or text in UTF-8.

    Raises
    ------
    UnsupportedMediaType
    """
    # Alerts whose text is no template of JSON are sent as plain text, even when they are JSON.
    try:
        media_type, parameters = parse_header_parameters(content_type)
    except (ValueError, LookupError):
        media_type, parameters = "", {}
    if media_type != TEXT or parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        require_json(content_type)


def _require_token_once(document: Any, known: KnownProducer) -> None:
    # What is read of the body is stored, and the token never is.
    if any(holds_text(document, secret.decode()) for secret in known.secrets):
        said = "The token stands in a second place; it belongs into one field only"
        raise InvalidSignal([Violation(("body",), said, "token_repeated")])
