"""Many producers' requests at once, each over a connection of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from common.clock import utc_now
from ingest.models import Signal
from tests.ingest.builders import encode, post, signal_body, signed_headers
from tests.ingest.conftest import Registered

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("signatures_on"),
]

CONNECTIONS = 20


def at_once(work: list[Callable[[Client], HttpResponse]]) -> list[HttpResponse]:
    """Send requests from as many threads as there are connections, and wait for all replies."""

    def send(request: Callable[[Client], HttpResponse]) -> HttpResponse:
        try:
            return request(Client())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(send, work))


def signed_request(
    north: Registered, *, instrument: str, at: datetime
) -> Callable[[Client], HttpResponse]:
    raw = encode(signal_body(instrument=instrument))
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=at)
    return lambda client: post(client, raw, headers=headers)


def test_a_hundred_signals_at_once_are_a_hundred_rows(north: Registered) -> None:
    now = utc_now()
    work = [signed_request(north, instrument=f"I-{number}", at=now) for number in range(100)]

    replies = at_once(work)

    assert Counter(reply.status_code for reply in replies) == {201: 100}
    assert len({json.loads(reply.content)["id"] for reply in replies}) == 100
    assert Signal.objects.count() == 100


def test_one_request_sent_many_times_at_once_is_one_row(north: Registered) -> None:
    now = utc_now()
    requests = [
        signed_request(north, instrument=f"I-{number}", at=now + timedelta(microseconds=number))
        for number in range(5)
    ]

    replies = at_once(requests * CONNECTIONS)

    assert Counter(reply.status_code for reply in replies) == {201: 5, 200: 95}
    assert len({reply.content for reply in replies}) == 5
    assert Signal.objects.count() == 5
