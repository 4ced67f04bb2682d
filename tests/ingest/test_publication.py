"""From an accepted signal to its producer's stream: never lost, never twice, in order."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import Membership, User
from common.clock import utc_now
from common.row_scope import scope_of, within
from ingest.models import Signal, UnpublishedSignal
from ingest.publisher import run_publisher
from ingest.services import publication
from ingest.services.publication import publish_signals
from streams import access
from streams.models import Output, Stream
from tests.flows.processes import wait_until
from tests.ingest.builders import Front, encode, post, post_signed, signal_body, signed_headers
from tests.ingest.conftest import Registered
from tests.ingest.fronts import DjangoFront

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]
KEY = "producer:north:XAUUSD:default"


def accept(client: Front, north: Registered, **changes: Any) -> str:
    """Send a signal and return its id."""
    response = post_signed(client, signal_body(**changes), secret=north.secret)
    assert response.status_code == 201
    return str(json.loads(response.content)["id"])


def published(key: str = KEY) -> list[tuple[int, str]]:
    rows = Output.objects.filter(stream__key=key).order_by("seq")
    return list(rows.values_list("seq", "value__signal_id"))


def test_an_accepted_signal_reaches_its_producers_stream(client: Front, north: Registered) -> None:
    identifier = accept(client, north, side=1, payload={"rsi": 71.5}, version=3)
    now = utc_now()

    assert publish_signals(now=now) == 1

    output = Output.objects.get()
    assert output.stream.key == KEY
    assert output.stream.tenant == north.producer.tenant
    assert output.seq == 1
    assert output.value == {
        "signal_id": identifier,
        "instrument": "XAUUSD",
        "side": "sell",
        "time": "2026-01-05T11:59:30+00:00",
        "payload": {"rsi": 71.5},
        "version": 3,
    }
    assert output.timestamp == datetime(2026, 1, 5, 11, 59, 30, tzinfo=UTC)
    assert output.created_at == now
    assert Signal.objects.get().updated_at == Signal.objects.get().created_at


def test_signals_are_published_once_and_in_the_order_of_acceptance(
    client: Front, north: Registered
) -> None:
    first = [accept(client, north) for _ in range(3)]
    other = accept(client, north, instrument="EURUSD")
    assert publish_signals(now=utc_now()) == 4
    later = [accept(client, north) for _ in range(2)]
    assert publish_signals(now=utc_now()) == 2

    assert publish_signals(now=utc_now()) == 0
    assert published() == list(enumerate([*first, *later], start=1))
    assert published("producer:north:EURUSD:default") == [(1, other)]


def test_a_replay_is_not_published_again(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())

    statuses = [post(client, raw, headers=headers).status_code for _ in range(2)]
    publish_signals(now=utc_now())
    again = post(client, raw, headers=headers).status_code
    publish_signals(now=utc_now())

    assert [*statuses, again] == [201, 200, 200]
    assert len(published()) == 1


def test_an_unsigned_signal_is_stored_and_has_no_stream(client: Front, settings: Any) -> None:
    settings.HMAC_PRODUCER_ENABLED = False

    assert post(client, signal_body()).status_code == 201

    assert not UnpublishedSignal.objects.exists()
    assert publish_signals(now=utc_now()) == 0


def test_what_ends_a_publisher_leaves_the_signals_waiting(
    client: Front, north: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = accept(client, north)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publication, "publish_outputs", die)
        with pytest.raises(KeyboardInterrupt):
            publish_signals(now=utc_now())
    assert published() == []
    publish_signals(now=utc_now())

    assert published() == [(1, identifier)]


def test_more_than_a_batch_is_published_batch_by_batch(
    north: Registered, client: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "BATCH_SIGNALS", 2)
    sent = [accept(client, north) for _ in range(5)]

    assert [publish_signals(now=utc_now()) for _ in range(4)] == [2, 2, 1, 0]
    assert published() == list(enumerate(sent, start=1))


def test_members_of_the_producers_house_read_it_and_nobody_else(
    client: Front, north: Registered, sam: User, olga: User, mallory: User
) -> None:
    accept(client, north)
    publish_signals(now=utc_now())
    stream = Stream.objects.get()

    def reads(user: User) -> bool:
        with within(scope_of(user.pk)):
            seen = access.readable_streams(user.pk, [KEY], at=utc_now())
            assert Stream.objects.exists() == Output.objects.exists() == (KEY in seen)
            return KEY in seen

    assert [reads(user) for user in (sam, olga, mallory)] == [True, True, False]
    right = access.readable_streams(sam.pk, [KEY], at=utc_now())[KEY].right_of(sam.pk)
    assert right == access.Right(sam.pk, tenant_id=stream.tenant_id)
    assert access.ended_rights({right}, at=utc_now()) == set()
    Membership.objects.filter(user=sam).delete()
    assert not reads(sam)
    assert access.ended_rights({right}, at=utc_now()) == {right}


def test_whoever_is_deactivated_reads_no_producer(
    client: Front, north: Registered, sam: User
) -> None:
    accept(client, north)
    publish_signals(now=utc_now())
    User.objects.filter(pk=sam.pk).update(is_active=False)

    assert access.readable_streams(sam.pk, [KEY], at=utc_now()) == {}


@pytest.mark.django_db(transaction=True)
def test_two_publishers_at_once_publish_each_signal_once(north: Registered) -> None:
    client = DjangoFront()
    sent = [accept(client, north) for _ in range(20)]

    def publish(_: int) -> int:
        try:
            return publish_signals(now=utc_now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(publish, range(4)))

    assert sorted(counts) == [0, 0, 0, 20]
    assert published() == list(enumerate(sent, start=1))


@pytest.mark.django_db(transaction=True)
def test_the_publisher_is_woken_and_survives_the_loss_of_its_connections(
    north: Registered,
) -> None:
    client = DjangoFront()
    stop = Event()
    publisher = Thread(target=run_publisher, args=(stop,))
    publisher.start()
    try:
        first = accept(client, north)
        wait_until(lambda: published() == [(1, first)], what="the first signal")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        second = accept(client, north)
        wait_until(lambda: len(published()) == 2, what="the second signal")
    finally:
        stop.set()
        publisher.join()

    assert published() == [(1, first), (2, second)]
