"""What a client sees over a real WebSocket of the real live process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from registry.announcements import REVOCATIONS_CHANNEL
from registry.models import Entitlement
from streams.cache import channel_name
from streams.models import Output, Stream
from tests.streams.conftest import Publish
from tests.streams.servers import OwnRedis

pytestmark = pytest.mark.django_db(transaction=True)
Sockets = Callable[[], Any]
TokenOf = Callable[[User], str]


def test_a_subscriber_is_told_where_it_stands_and_then_sees_every_output(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    publish(3)

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key)
        snapshot = socket.receive()
        (output,) = publish(1)
        frame = socket.receive()

    assert acknowledged["status"] == "subscribed"
    assert acknowledged["stream_keys"] == [stream.key]
    assert acknowledged["streams"] == {
        stream.key: {"epoch": stream.epoch, "offset": 3, "recovered": False}
    }
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 3)
    assert [shown["seq"] for shown in snapshot["outputs"]] == [3]
    assert frame == {
        "type": "data",
        "stream_key": stream.key,
        "seq": 4,
        "offset": 4,
        "epoch": stream.epoch,
        "value": 4.0,
        "timestamp": output.timestamp.isoformat(),
        "metadata": {"side": "buy"},
        "bar_opened_at": None,
        "confirmed": True,
        "published_at": output.created_at.isoformat(),
    }


def test_history_comes_with_the_snapshot(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(20)

    with sams_socket() as socket:
        socket.subscribe(stream.key, history=5)
        snapshot = socket.receive("snapshot")

    assert [shown["seq"] for shown in snapshot["outputs"]] == [16, 17, 18, 19, 20]


def test_an_empty_stream_begins_with_an_empty_snapshot_and_its_first_output(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        snapshot = socket.receive("snapshot")
        publish(1)

        assert (snapshot["seq"], snapshot["outputs"]) == (0, [])
        assert socket.numbers(1) == [1]


def test_a_client_that_resumes_gets_every_missed_output_and_then_the_live_ones(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    publish(1500)  # more than Redis keeps

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 20})
        publish(5)
        numbers = socket.numbers(1485)

    assert acknowledged["streams"][stream.key]["recovered"] is True
    assert numbers == list(range(21, 1506))


def test_resuming_while_outputs_pour_in_makes_no_hole_and_no_repetition(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    seen = 0
    for _ in range(5):
        publish(40)
        with sams_socket() as socket:
            socket.subscribe(stream.key, resume={stream.key: seen})
            for _ in range(10):
                publish(3)
            numbers = socket.numbers(25)
        assert numbers == list(range(seen + 1, seen + 26))
        seen += 25


def test_outputs_that_are_no_longer_kept_are_told_as_a_gap(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(30)
    Output.objects.filter(stream=stream, seq__lte=10).delete()

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 4})
        gap = socket.receive()
        numbers = socket.numbers(20)

    assert acknowledged["streams"][stream.key]["recovered"] is False
    assert (gap["type"], gap["from"], gap["to"]) == ("gap", 5, 10)
    assert numbers == list(range(11, 31))


def test_a_position_that_lies_too_far_back_is_a_gap_and_not_a_flood(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    beyond = 7
    publish(settings.RESUME_FRAMES_MAX + beyond)

    with sams_socket() as socket:
        socket.subscribe(stream.key, resume={stream.key: 0})
        gap = socket.receive("gap")

        assert (gap["from"], gap["to"]) == (1, beyond)
        assert socket.numbers(3) == [beyond + 1, beyond + 2, beyond + 3]


def test_a_position_the_stream_never_reached_starts_afresh(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(2)

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 99})

        assert acknowledged["streams"][stream.key]["recovered"] is False
        assert socket.receive("snapshot")["seq"] == 2


def test_a_slow_reader_is_cut_and_resumes_without_a_hole(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    total = 3000
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")
        for _ in range(total // 100):
            publish(100, metadata={"padding": "x" * 10_000})
        time.sleep(1.5)  # it reads nothing meanwhile
        frames, code = socket.until_closed()

    *outputs, lagged = frames
    numbers = [frame["seq"] for frame in outputs]
    assert (lagged["type"], code) == ("lagged", 4408)
    assert numbers == list(range(1, len(numbers) + 1))
    assert 0 < len(numbers) < total
    assert lagged["resume"] == {stream.key: numbers[-1]}
    with sams_socket() as socket:
        socket.subscribe(stream.key, resume=lagged["resume"])
        assert socket.numbers(total - numbers[-1]) == list(range(numbers[-1] + 1, total + 1))


def test_a_slow_reader_of_the_latest_is_never_cut_and_told_what_it_skipped(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    total = 3000
    with sams_socket() as socket:
        socket.subscribe(stream.key, mode="latest")
        socket.receive("snapshot")
        for _ in range(total // 100):
            publish(100, metadata={"padding": "x" * 10_000})
        time.sleep(1.5)  # it reads nothing meanwhile

        accounted, last = 0, 0
        while last < total:
            frame = socket.receive("data")
            accounted += 1 + frame.get("skipped", 0)
            assert frame["seq"] == accounted > last
            last = frame["seq"]

    assert accounted == total


def test_one_slow_reader_does_not_hold_up_another(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    with sams_socket() as slow, sams_socket() as quick:
        for socket in (slow, quick):
            socket.subscribe(stream.key)
        for _ in range(20):
            publish(100, metadata={"padding": "x" * 10_000})
            assert len(quick.numbers(100)) == 100


def test_outputs_arrive_although_redis_was_lost_and_came_back(
    sams_socket: Sockets,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
    redis_server: OwnRedis,
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        publish(2)
        assert socket.numbers(2) == [1, 2]

        redis_server.kill()
        publish(3)
        while_it_is_away = socket.numbers(3)
        redis_server.start()
        publish(2)

        assert while_it_is_away == [3, 4, 5]
        assert socket.numbers(2) == [6, 7]


def test_nonsense_on_the_channels_stops_nothing(
    sams_socket: Sockets,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
    redis_server: OwnRedis,
) -> None:
    with sams_socket() as socket, redis_server.client() as redis_client:
        socket.subscribe(stream.key)
        for channel in (REVOCATIONS_CHANNEL, channel_name(stream.key)):
            for nonsense in ("nonsense", "{}", "[]", '{"user_id": "x"}'):
                assert redis_client.publish(channel, nonsense) == 1
        publish(1)

        assert socket.numbers(1) == [1]
