"""Signals in the dialects of other senders, under Django: nobody sends these by the thousand."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog
from django.db import Error as DatabaseError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from common import row_scope
from common.clock import utc_now
from ingest.api.dialect_reception import HEADERS, receive_from
from ingest.api.django_connection import ask
from ingest.api.doors import Door
from ingest.api.reception import refusal
from ingest.api.requests import Reply, body_limit
from ingest.api.views import respond
from ingest.dialogue import DatabaseAway, Dialogue, hold

logger = structlog.get_logger("ingest.api")


@csrf_exempt
@row_scope.for_the_platform
def create_signal_from(request: HttpRequest, producer_id: str) -> HttpResponse:
    """Accept one signal of the producer in the address (see ``ingest.api.dialect_reception``)."""
    return respond_from(request, producer_id, now=utc_now())


def respond_from(request: HttpRequest, producer_id: str, *, now: datetime) -> HttpResponse:
    """Answer a request of the producer in its address that arrived at ``now``."""
    door = Door(
        path=request.path,
        limit=body_limit,
        receive=partial(receive_from, producer_id=producer_id),
        refuse=refusal,
        headers=HEADERS,
        producer_id=producer_id,
    )
    return respond(request, door, now=now, carry=in_one_transaction)


def in_one_transaction(dialogue: Dialogue[Reply]) -> Reply:
    """Hold a dialogue inside one transaction: what it locks stays so until it has stored."""
    try:
        with transaction.atomic():
            return hold(dialogue, ask)
    except DatabaseError as error:  # the connection broke, or the commit did
        logger.error("signal_not_stored", error=type(error).__name__)
        return refusal(DatabaseAway())
