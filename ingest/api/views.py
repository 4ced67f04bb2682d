"""Ingest under Django, for servers of WSGI: what ``ingest.api.asgi`` answers, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from common import row_scope
from common.clock import utc_now
from common.errors import SignalHubError
from ingest.api.django_connection import ask
from ingest.api.doors import BATCH, SINGLE, Door
from ingest.api.requests import (
    FORWARDED_FOR,
    Aftermath,
    BodyUnreadable,
    Received,
    Reply,
    method_not_allowed,
    too_large,
)
from ingest.api.senders import refuse_unread
from ingest.dialogue import Dialogue, hold
from ingest.known_producers import KnownProducers
from ingest.publication import WAKE
from ingest.services.failures import note_failure
from ingest.signatures import PRODUCER_HEADER


@csrf_exempt
@row_scope.for_the_platform
def create_signal(request: HttpRequest) -> HttpResponse:
    """Accept one signal from a producer (see ``ingest.api.reception``)."""
    return respond(request, SINGLE, now=utc_now())


@csrf_exempt
@row_scope.for_the_platform
def create_signals(request: HttpRequest) -> HttpResponse:
    """Accept a batch of signals from a producer (see ``ingest.api.batch_reception``)."""
    return respond(request, BATCH, now=utc_now())


def statement_by_statement(dialogue: Dialogue[Reply]) -> Reply:
    """Hold a dialogue of which each statement is a transaction of its own."""
    return hold(dialogue, ask)


def respond(
    request: HttpRequest,
    door: Door,
    *,
    now: datetime,
    carry: Callable[[Dialogue[Reply]], Reply] = statement_by_statement,
) -> HttpResponse:
    """Answer a request that arrived at ``now``."""
    try:
        received = _read(request, door, now=now)
    except SignalHubError as error:
        named = {PRODUCER_HEADER: door.producer_id or request.headers.get(PRODUCER_HEADER, "")}
        dialogue = refuse_unread(named, error, refuse=door.refuse, producers=KnownProducers())
        reply = statement_by_statement(dialogue)
    else:
        # Nothing is remembered between requests: this front is not the fast one.
        reply = carry(door.receive(received, producers=KnownProducers()))
    _finish(reply.aftermath, now=now)
    return HttpResponse(
        reply.body,
        status=reply.status,
        content_type=reply.content_type,
        headers=dict(reply.headers),
    )


def _read(request: HttpRequest, door: Door, *, now: datetime) -> Received:
    if request.method != "POST":
        raise method_not_allowed()
    limit = door.limit()
    try:
        body = request.read(limit + 1)
    except UnreadablePostError:
        raise BodyUnreadable() from None
    if len(body) > limit:
        raise too_large(limit)
    sent = request.headers
    return Received(
        body=body,
        headers={name: sent[name] for name in door.headers if name in sent},
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=sent.get(FORWARDED_FOR, ""),
        now=now,
    )


def _finish(aftermath: Aftermath, *, now: datetime) -> None:
    if aftermath.seen is not None:
        ask(aftermath.seen)
    if aftermath.failure is not None:
        note_failure(aftermath.failure.producer_pk, aftermath.failure.reason, now=now)
    if aftermath.publishes:
        ask(WAKE)
