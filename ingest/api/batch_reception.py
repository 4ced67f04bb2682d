"""``POST /api/v2/signals``: up to 500 signals, signed together and stored all or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts.idempotency import REPLAYED_HEADER
from common.errors import MalformedRequest, SignalHubError
from common.http.problems import CONTENT_TYPE as PROBLEM
from common.http.problems import problem_body, status_of
from common.idempotency_keys import HEADER as IDEMPOTENCY_KEY
from common.idempotency_keys import require_usable_key
from ingest.api.reception import headers_of
from ingest.api.requests import CONTENT_TYPE, Aftermath, Received, Reply, as_json, require_json
from ingest.api.senders import Outcome, take_from_sender
from ingest.api.serializers import read_signals, write_receipt
from ingest.authentication import Origin
from ingest.dialogue import DatabaseRefused, Dialogue, Room
from ingest.known_producers import KnownProducers
from ingest.services.acceptance import Receipt
from ingest.services.batches import BatchReceipt, accept_batch
from ingest.strict_json import parse_json


class IdempotencyKeyMissing(MalformedRequest):
    """A batch needs an Idempotency-Key: 1 to 80 visible characters that name this request."""

    code = "idempotency_key_missing"


def receive_batch(request: Received, *, producers: KnownProducers) -> Dialogue[Reply]:
    """Accept a batch and answer.

    201 ``{"signals": [{id, status, created_at}…]}`` in the order of the batch; 200 with the same
    for the same key and body again; 413, 401 or 400, 415, 400, 422, 413, 429, 503 or 500 as
    problem+json. The first signal that is wrong refuses them all.
    """
    aftermath = Aftermath()

    def take(origin: Origin | None) -> Dialogue[Outcome]:
        return _take_batch(request, origin)

    try:
        outcome = yield from take_from_sender(
            request, take, producers=producers, aftermath=aftermath
        )
    except SignalHubError as error:
        return batch_refusal(error, aftermath)
    except DatabaseRefused:
        return _broken()
    body = as_json(outcome.document)
    if outcome.replayed:
        return Reply(200, body, ((REPLAYED_HEADER, "true"),), aftermath=aftermath)
    return Reply(201, body, aftermath=aftermath)


def batch_limit() -> int:
    """Return the most bytes that the body of a batch has."""
    limit: int = settings.SIGNALS_BATCH_MAX_BYTES
    return limit


def batch_refusal(error: SignalHubError, aftermath: Aftermath | None = None) -> Reply:
    """Return the answer to a batch that is refused."""
    return Reply(
        status_of(error),
        as_json(problem_body(error)),
        headers_of(error),
        content_type=PROBLEM,
        aftermath=aftermath or Aftermath(),
    )


def _broken() -> Reply:
    body = {
        "type": "about:blank",
        "title": "Internal server error",
        "status": 500,
        "code": "internal_server_error",
        "detail": "Something went wrong on our side; nothing was stored.",
    }
    return Reply(500, as_json(body), content_type=PROBLEM)


def _take_batch(request: Received, origin: Origin | None) -> Dialogue[Outcome]:
    require_json(request.headers.get(CONTENT_TYPE, ""))
    key = _key_of(request.headers)
    schema = origin.producer.payload_schema if origin else None
    signals = read_signals(
        parse_json(request.body), at_most=settings.SIGNALS_BATCH_MAX, payload_schema=schema
    )
    if origin is not None:
        for _ in signals[1:]:  # room for the first was asked for with the signature
            yield Room(origin.producer.producer_id)
    receipt = yield from accept_batch(
        signals, key=key, body=request.body, origin=origin, now=request.now
    )
    return Outcome(
        document={"signals": _receipts(receipt)},
        facts={"signals": len(receipt.ids), "first_signal_id": str(receipt.ids[0])},
        replayed=receipt.replayed,
    )


def _key_of(headers: Mapping[str, str]) -> str:
    key = headers.get(IDEMPOTENCY_KEY)
    if key is None:
        raise IdempotencyKeyMissing(field=IDEMPOTENCY_KEY)
    require_usable_key(key)
    return key


def _receipts(batch: BatchReceipt) -> list[dict[str, Any]]:
    return [
        write_receipt(Receipt(id=identifier, created_at=batch.created_at))
        for identifier in batch.ids
    ]
