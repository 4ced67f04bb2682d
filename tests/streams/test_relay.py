"""Committed outputs reach Redis in order, none lost and none twice, whatever breaks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection, transaction

from streams.cache import channel_name, connect, latest_name
from streams.models import Output, RelayCursor, Stream, new_epoch
from streams.publishing import stream_for
from streams.relay import MARKER, OUTPUTS_TO_CARRY, Relay
from streams.relay_process import run_relay
from tests.flows.processes import wait_until
from tests.streams.conftest import Publish
from tests.streams.servers import OwnRedis, relay_process, relay_thread


@pytest.fixture
def client(redis_server: OwnRedis) -> Iterator[redis.Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def carrier(redis_server: OwnRedis) -> Iterator[Relay]:
    client = connect(redis_server.url)
    yield Relay(client)
    client.close()


def test_an_entry_has_the_fields_of_the_contract(
    stream: Stream, publish: Publish, carrier: Relay, client: Any
) -> None:
    (output,) = publish(metadata={"side": "buy"})

    assert carrier.carry() == 1

    ((entry_id, fields),) = client.xrange(stream.key)
    assert entry_id == "1-0"
    assert fields.pop("_frame") == client.get(latest_name(stream.key))
    assert fields == {
        "seq": "1",
        "value": "1.0",
        "timestamp": output.timestamp.isoformat(),
        "metadata": '{"side":"buy"}',
        "_published_at": output.created_at.isoformat(),
        "_stream_key": stream.key,
        "_epoch": stream.epoch,
    }


def test_what_was_carried_is_not_carried_again(
    stream: Stream, publish: Publish, carrier: Relay, client: Any
) -> None:
    publish(3)
    assert carrier.carry() == 3
    publish(2)

    assert carrier.carry([stream.pk]) == 2
    assert carrier.carry() == 0
    assert RelayCursor.objects.get(stream=stream).relayed_seq == 5
    assert _numbers(client, stream) == [1, 2, 3, 4, 5]


def test_a_crash_before_the_cursor_moved_makes_nothing_appear_twice(
    stream: Stream, publish: Publish, carrier: Relay, client: Any
) -> None:
    publish(3)
    carrier.carry()
    RelayCursor.objects.update(relayed_seq=1)
    publish(1)

    carrier.carry()

    assert _numbers(client, stream) == [1, 2, 3, 4]
    assert json.loads(client.get(latest_name(stream.key)))["seq"] == 4


def test_a_backlog_of_one_stream_does_not_hold_up_another(
    stream: Stream, script: Any, publish: Publish, carrier: Relay, client: Any
) -> None:
    other = stream_for(script, "MSFT", "1d", {})
    publish(2500)
    publish(1, to=other)

    assert carrier.carry() == 2501
    assert _numbers(client, other) == [1]
    assert _numbers(client, stream)[-1] == 2500
    assert client.xlen(stream.key) < 1200  # about a thousand are kept


def test_a_flushed_redis_is_filled_again(
    stream: Stream, publish: Publish, carrier: Relay, client: Any
) -> None:
    publish(1200)
    carrier.carry()
    client.flushdb()
    publish(1)
    carrier.carry()
    assert _numbers(client, stream) == [1201]  # the flush is noticed within a second, not at once

    Relay(carrier.redis).carry()  # which looks at once

    assert _numbers(client, stream) == list(range(202, 1202))
    assert json.loads(client.get(latest_name(stream.key)))["seq"] == 1201
    assert client.get(MARKER) is not None


def test_a_copy_from_another_life_of_the_stream_is_replaced(
    stream: Stream, publish: Publish, carrier: Relay, client: Any
) -> None:
    publish(3)
    carrier.carry()
    Stream.objects.filter(pk=stream.pk).update(epoch=new_epoch())
    client.delete(MARKER)

    Relay(carrier.redis).carry()

    stream.refresh_from_db()
    assert {fields["_epoch"] for _, fields in client.xrange(stream.key)} == {stream.epoch}
    assert _numbers(client, stream) == [1, 2, 3]


def test_the_cursor_stays_where_it_is_while_redis_takes_nothing(
    stream: Stream, publish: Publish, carrier: Relay, redis_server: OwnRedis
) -> None:
    publish(2)
    carrier.carry()
    publish(1)
    redis_server.kill()

    with pytest.raises(redis.ConnectionError):
        carrier.carry()

    assert RelayCursor.objects.get(stream=stream).relayed_seq == 2


def test_an_intact_copy_is_left_alone(stream: Stream, publish: Publish, carrier: Relay) -> None:
    publish(3)
    carrier.carry()

    assert carrier.restore() == 0


@pytest.mark.django_db(transaction=True)
def test_outputs_are_announced_as_soon_as_they_are_committed(
    stream: Stream, publish: Publish, relay: None, client: Any
) -> None:
    listener = client.pubsub()
    listener.subscribe(channel_name(stream.key))
    assert listener.get_message(timeout=5)["type"] == "subscribe"

    publish(2)

    announced = [json.loads(listener.get_message(timeout=5)["data"])["seq"] for _ in range(2)]
    listener.close()
    assert announced == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_committed_is_not_announced(
    stream: Stream, publish: Publish, relay: None, client: Any
) -> None:
    with transaction.atomic():
        publish(1)
        transaction.set_rollback(True)
    publish(1)

    _wait_for(client, stream, [1])
    assert Output.objects.get().seq == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_relay_waits_and_takes_over(
    stream: Stream, publish: Publish, redis_server: OwnRedis, client: Any
) -> None:
    stop = threading.Event()
    second = threading.Thread(target=run_relay, args=(stop,))
    with relay_thread():
        publish(1)
        _wait_for(client, stream, [1])
        second.start()
        publish(1)
        _wait_for(client, stream, [1, 2])
    publish(1)

    try:
        _wait_for(client, stream, [1, 2, 3])
    finally:
        stop.set()
        second.join()


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_the_relay_loses_and_repeats_nothing(
    stream: Stream, publish: Publish, redis_server: OwnRedis, client: Any, log_path: Path
) -> None:
    publishing = threading.Thread(target=_publish_one_by_one, args=(publish, 600))
    publishing.start()
    for kill_at in (50, 300):
        with relay_process(redis_server.url, log_path) as process:
            _wait_for_number(client, stream, kill_at)
            process.kill()
            process.wait()
    publishing.join()

    with relay_process(redis_server.url, log_path):
        _wait_for_number(client, stream, 600)

    assert _numbers(client, stream) == list(range(1, 601))


@pytest.mark.django_db(transaction=True)
def test_the_relay_survives_the_loss_of_redis_and_fills_the_new_one(
    stream: Stream, publish: Publish, relay: None, redis_server: OwnRedis, client: Any
) -> None:
    publish(5)
    _wait_for(client, stream, [1, 2, 3, 4, 5])

    redis_server.kill()
    publish(2)
    redis_server.start()

    _wait_for(client, stream, [1, 2, 3, 4, 5, 6, 7])


@pytest.mark.django_db(transaction=True)
def test_the_relay_survives_the_loss_of_its_database_connections(
    stream: Stream, publish: Publish, relay: None, client: Any
) -> None:
    publish(1)
    _wait_for(client, stream, [1])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.rowcount == len(("its notices", "its queries"))
    publish(1)

    _wait_for(client, stream, [1, 2])


def _publish_one_by_one(publish: Callable[[int], list[Output]], count: int) -> None:
    try:
        for _ in range(count):
            publish(1)
    finally:
        connection.close()


def _numbers(client: Any, stream: Stream) -> list[int]:
    return [int(entry_id.removesuffix("-0")) for entry_id, _ in client.xrange(stream.key)]


def _newest(client: Any, stream: Stream) -> int:
    entries = client.xrevrange(stream.key, count=1)
    return int(entries[0][0].removesuffix("-0")) if entries else 0


def _wait_for_number(client: Any, stream: Stream, seq: int) -> None:
    wait_until(lambda: _newest(client, stream) >= seq, what=f"output {seq}")


def _wait_for(client: Any, stream: Stream, numbers: list[int]) -> None:
    def arrived() -> bool:
        try:
            return _numbers(client, stream) == numbers
        except redis.ConnectionError:
            return False

    wait_until(arrived, what=f"the outputs {numbers}", seconds=15)


@pytest.mark.django_db
@pytest.mark.parametrize("named", [True, False])
def test_what_is_to_be_carried_is_found_by_its_number(
    named: bool, stream: Stream, publish: Publish
) -> None:
    publish(50)
    ids = [stream.pk] if named else None

    with transaction.atomic(), connection.cursor() as cursor:
        # So few rows would be read otherwise; the question is whether the index can answer.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + OUTPUTS_TO_CARRY, [200, ids, ids, 2000])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    asked = [line for line in plan.splitlines() if "Index Cond: ((stream_id = s.id)" in line]
    assert asked, plan
    assert all("seq >" in line for line in asked), plan
