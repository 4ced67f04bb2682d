"""Who sent a request, and what is done with it in their name: remembered first, then looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings

from common.errors import RateLimited, SignalHubError
from ingest.api.attempts import Attempt, audited_attempt
from ingest.api.requests import Aftermath, Failure, Received
from ingest.authentication import Origin, authenticate
from ingest.dialogue import DatabaseAway, Dialogue, Room
from ingest.known_producers import KnownProducer, KnownProducers
from ingest.networks import require_allowed
from ingest.services.acceptance import seen_now
from ingest.signatures import SignedHeaders, read_headers

logger = structlog.get_logger("ingest.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done: the answer's document, and what may be logged of it."""

    document: dict[str, Any]
    facts: dict[str, str | int]
    replayed: bool


Take = Callable[[Origin | None], Dialogue[Outcome]]


def take_from_sender(
    request: Received, take: Take, *, producers: KnownProducers, aftermath: Aftermath
) -> Dialogue[Outcome]:
    """Do with a request what ``take`` does, in the name of who signed it.

    A refusal on memory is not yet one: it is judged again on the producer's row.
    """
    if not settings.HMAC_PRODUCER_ENABLED:
        outcome = yield from take(None)
        logger.info("signal_accepted", **outcome.facts)
        return outcome
    with audited_attempt(request.headers) as attempt:
        headers = read_headers(request.headers)
        known = producers.remembered(headers.producer_id)
        if known is not None:
            try:
                return (yield from _take_from(known, request, headers, take, attempt, aftermath))
            except DatabaseAway:
                raise
            except RateLimited as error:
                aftermath.failure = Failure(known.producer.pk, error.code)
                raise
            except SignalHubError:
                attempt.begin_again()
        known = yield from producers.look_up(headers.producer_id)
        try:
            return (yield from _take_from(known, request, headers, take, attempt, aftermath))
        except SignalHubError as error:
            if known is not None and not isinstance(error, DatabaseAway):
                aftermath.failure = Failure(known.producer.pk, error.code)
            raise


def _take_from(
    known: KnownProducer | None,
    request: Received,
    headers: SignedHeaders,
    take: Take,
    attempt: Attempt,
    aftermath: Aftermath,
) -> Dialogue[Outcome]:
    if known is not None and known.producer.allowed_networks:
        require_allowed(request.address, known.producer.allowed_networks)
    origin = authenticate(
        request.body,
        headers,
        known=known,
        now=request.now,
        window=timedelta(seconds=settings.HMAC_CLOCK_SKEW_SECONDS),
    )
    attempt.passed()
    yield Room(origin.producer.producer_id)
    outcome = yield from take(origin)
    attempt.stored(outcome.facts, replayed=outcome.replayed)
    aftermath.seen = seen_now(origin.producer, now=request.now)
    aftermath.publishes = not outcome.replayed
    return outcome
