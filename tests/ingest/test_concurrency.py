"""Many producers' requests at once, each over a connection of its own."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from threading import Barrier
from typing import NamedTuple

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import User
from common.clock import utc_now
from ingest.api.asgi import Intake
from ingest.api.dialect_views import respond_from
from ingest.api.pool import SignalPool
from ingest.mapping_rules import TRADINGVIEW
from ingest.models import Dialect, Signal
from ingest.services.failures import note_failure
from ingest.services.producers import create_producer
from streams.threads import in_thread
from tests.factories import NOON
from tests.ingest.builders import JSON, PATH, encode, post, signal_body, signed_headers
from tests.ingest.conftest import Registered
from tests.ingest.fronts import DjangoFront, exchange

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("signatures_on"),
]

CONNECTIONS = 20


class Ready(NamedTuple):
    """A signed request as it is sent."""

    raw: bytes
    headers: dict[str, str]


Send = Callable[[list[Ready]], list[HttpResponse]]


def to_django(work: list[Ready]) -> list[HttpResponse]:
    """Send requests from as many threads as there are connections, and wait for all replies."""

    def send(request: Ready) -> HttpResponse:
        try:
            return post(DjangoFront(), request.raw, headers=request.headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        return list(threads.map(send, work))


def to_handler(work: list[Ready]) -> list[HttpResponse]:
    """Send requests to one event loop with connections of its own."""

    async def send_all() -> list[HttpResponse]:
        async with handler() as intake:
            return await asyncio.gather(*(send_to(intake, request) for request in work))

    return asyncio.run(send_all())


@asynccontextmanager
async def handler() -> AsyncIterator[Intake]:
    pool = SignalPool()
    intake = Intake(pool, note=in_thread(note_failure))
    try:
        yield intake
    finally:
        await intake.close()
        await pool.close()


async def send_to(intake: Intake, request: Ready) -> HttpResponse:
    lines = [("Content-Type", JSON), *request.headers.items()]
    return await exchange(intake, "POST", PATH, lines, [request.raw])


@pytest.fixture(params=[to_handler, to_django])
def at_once(request: pytest.FixtureRequest) -> Send:
    send: Send = request.param
    return send


def signed_request(north: Registered, *, instrument: str, at: datetime) -> Ready:
    raw = encode(signal_body(instrument=instrument))
    return Ready(raw, signed_headers(raw, producer_id="north", secret=north.secret, at=at))


def test_a_hundred_signals_at_once_are_a_hundred_rows(at_once: Send, north: Registered) -> None:
    now = utc_now()
    work = [signed_request(north, instrument=f"I-{number}", at=now) for number in range(100)]

    replies = at_once(work)

    assert Counter(reply.status_code for reply in replies) == {201: 100}
    assert len({json.loads(reply.content)["id"] for reply in replies}) == 100
    assert Signal.objects.count() == 100


def test_one_request_sent_many_times_at_once_is_one_row(at_once: Send, north: Registered) -> None:
    now = utc_now()
    requests = [
        signed_request(north, instrument=f"I-{number}", at=now + timedelta(microseconds=number))
        for number in range(5)
    ]

    replies = at_once(requests * CONNECTIONS)

    assert Counter(reply.status_code for reply in replies) == {201: 5, 200: 95}
    assert len({reply.content for reply in replies}) == 5
    assert Signal.objects.count() == 5


def test_an_alert_sent_many_times_at_once_is_one_row_even_where_time_is_cut(olga: User) -> None:
    producer, secret = create_producer(
        "alerts", dialect=Dialect.TRADINGVIEW, mapping=TRADINGVIEW, acting_user=olga, now=NOON
    )
    raw = encode({"token": secret, "ticker": "AAPL", "action": "buy"})
    together = Barrier(CONNECTIONS)

    def send(number: int) -> HttpResponse:
        # Noon is the end of one piece of time and the beginning of the next.
        moment = NOON + timedelta(milliseconds=number - CONNECTIONS // 2)
        request = RequestFactory().post("/", raw, content_type=JSON)
        connection.ensure_connection()
        together.wait()
        try:
            return respond_from(request, producer.producer_id, now=moment)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        replies = list(threads.map(send, range(CONNECTIONS)))

    assert Counter(reply.status_code for reply in replies) == {201: 1, 200: CONNECTIONS - 1}
    assert Signal.objects.count() == 1
