"""Who sent a request, and what is done with it in their name: remembered first, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings

from common.errors import RateLimited, SignalHubError
from common.http.methods import MethodNotAllowed
from ingest.api.attempts import Attempt, audited_attempt
from ingest.api.requests import Aftermath, Failure, Received, Reply
from ingest.authentication import Origin, authenticate
from ingest.dialogue import DatabaseAway, DatabaseRefused, Dialogue, Room
from ingest.failure_reasons import REPLAY
from ingest.known_producers import KnownProducer, KnownProducers
from ingest.networks import require_allowed
from ingest.services.acceptance import seen_now
from ingest.signatures import PRODUCER_HEADER, SignedHeaders, is_producer_id, read_headers

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
        try:
            headers = read_headers(request.headers)
        except SignalHubError as error:
            yield from note_named(request.headers, error, producers, aftermath)
            raise
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
    if outcome.replayed:
        aftermath.failure = Failure(origin.producer.pk, REPLAY)
    return outcome


def refuse_unread(
    named: Mapping[str, str],
    error: SignalHubError,
    *,
    refuse: Callable[[SignalHubError], Reply],
    producers: KnownProducers,
) -> Dialogue[Reply]:
    """Refuse a request whose body was not read; it was an attempt of whom it names all the same."""
    reply = refuse(error)
    if settings.HMAC_PRODUCER_ENABLED and not isinstance(error, MethodNotAllowed):
        with suppress(SignalHubError), audited_attempt(named):
            yield from note_named(named, error, producers, reply.aftermath)
            raise error
    return reply


def note_named(
    headers: Mapping[str, str], error: SignalHubError, producers: KnownProducers, after: Aftermath
) -> Dialogue[None]:
    """Note why a request was refused for the producer that it names, if there is one."""
    named = headers.get(PRODUCER_HEADER, "")
    if not is_producer_id(named):
        return
    known = producers.remembered(named)
    if known is None:
        try:
            known = yield from producers.look_up(named)
        except (DatabaseAway, DatabaseRefused) as away:
            # The sender is told of their own mistake, and it is in the log.
            logger.warning("failure_not_counted", error=type(away).__name__)
    if known is not None:
        after.failure = Failure(known.producer.pk, error.code)
