"""What a tier allows over WebSockets, seen from outside, on real live processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from socket import SHUT_RDWR
from typing import Any

import pytest
from redis import Redis

from accounts.models import Tier, User
from common.canonical import sha256
from registry.models import Entitlement, Script
from streams.models import Stream
from streams.places import name_of, open_sockets_of
from streams.publishing import stream_for
from tests.flows.processes import wait_until
from tests.streams.clients import StreamClient, connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess, OwnRedis, live_process

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = "tests.streams.limited_settings"
NUMBERS = {
    "connections": 10,
    "subscriptions_per_connection": 5,
    "requests_per_minute": 60,
    "messages_per_minute": 500,
    "subscribes_per_10_seconds": 10,
    "burst_per_5_seconds": 100,
    "run_memory_mb": 64,
    "run_cpu_seconds": 1,
    "run_wall_seconds": 1,
    "run_log_lines": 10,
}
_names = (f"narrow{number}" for number in count())
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def limited(
    shared_redis: OwnRedis,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveProcess]:
    with live_process(tmp_path_factory.mktemp("limited"), shared_redis.url, SETTINGS) as live:
        yield live


@pytest.fixture
def narrow(sam: User) -> Callable[..., Tier]:
    """Return a function that moves sam to a tier of the test's own."""

    def move(**numbers: int) -> Tier:
        tier = Tier.objects.create(name=next(_names), **{**NUMBERS, **numbers})
        User.objects.filter(pk=sam.pk).update(tier=tier)
        return tier

    return move


@pytest.fixture
def open_as_sam(
    transactional_db: None,
    redis_server: OwnRedis,
    limited: LiveProcess,
    sam: User,
    token_of: Callable[[User], str],
) -> Open:
    token = token_of(sam)
    return lambda live=limited: connected(live.socket_url, token=token)


def refusal_of(client: StreamClient, token: str) -> tuple[dict[str, Any], int | None]:
    client.send(type="hello", token=token)
    frames, code = client.until_closed()
    return frames[-1], code


def test_one_connection_too_many_is_closed_and_a_closed_one_makes_room(
    open_as_sam: Open, narrow: Callable[..., Tier], limited: LiveProcess, sam: User, token_of: Any
) -> None:
    narrow(connections=2)

    with open_as_sam(), open_as_sam(), connected(limited.socket_url) as third:
        told, code = refusal_of(third, token_of(sam))
    with open_as_sam() as again:
        again.send(type="ping")
        assert again.receive()["type"] == "pong"

    assert (told["code"], told["allowed"], code) == ("too_many_connections", 2, 4429)


def test_a_connection_that_breaks_on_our_side_is_closed_as_that_and_leaves_nothing_behind(
    open_as_sam: Open, narrow: Callable[..., Tier], redis_server: OwnRedis, sam: User
) -> None:
    narrow(connections=1)
    with redis_server.client() as client:
        # A connection token as no release of ours writes it.
        client.set(f"ticket:{sha256(b'odd')}", "{}")

    with open_as_sam() as socket:
        assert open_sockets_of(sam.pk) == 1
        socket.send(type="hello", token="odd")
        frames, code = socket.until_closed()

    assert (frames[-1]["code"], code) == ("internal_error", 1011)
    wait_until(lambda: open_sockets_of(sam.pk) == 0, what="the place to be free")


def test_an_address_that_breaks_on_our_side_is_told_so(
    limited: LiveProcess, redis_server: OwnRedis
) -> None:
    with redis_server.client() as client:
        client.set(f"ticket:{sha256(b'odd')}", "{}")

    with connected(f"{limited.socket_url}?token=odd") as socket:
        frames, code = socket.until_closed()

    assert (frames[-1]["code"], code) == ("internal_error", 1011)


def test_connections_are_counted_over_processes_and_a_killed_one_frees_its_own(
    open_as_sam: Open,
    narrow: Callable[..., Tier],
    limited: LiveProcess,
    redis_server: OwnRedis,
    sam: User,
    token_of: Any,
    tmp_path: Any,
) -> None:
    narrow(connections=2)
    token = token_of(sam)

    with ExitStack() as held, live_process(tmp_path, redis_server.url, SETTINGS) as other:
        held.enter_context(open_as_sam(other))
        held.enter_context(open_as_sam(other))
        with connected(limited.socket_url) as third:
            told, code = refusal_of(third, token)
        other.process.kill()
        # Redis' own clock says when; nothing but the lease takes the places away.
        wait_until(lambda: _opens(limited, token), what="the killed process's places")

    assert (told["code"], code) == ("too_many_connections", 4429)


def test_who_goes_in_the_middle_of_subscribing_leaves_nothing_behind(
    limited: LiveProcess,
    redis_server: OwnRedis,
    narrow: Callable[..., Tier],
    entitled: Entitlement,
    script: Script,
    publish: Publish,
    sam: User,
    token_of: Any,
) -> None:
    narrow(subscriptions_per_connection=6)
    streams = [stream_for(script, "IBM", "1d", {"period": period}) for period in range(6)]
    for stream in streams:
        publish(30, to=stream, metadata={"padding": "x" * 100_000})

    with (
        redis_server.client() as client,
        connected(limited.socket_url, token=token_of(sam), max_queue=1) as socket,
    ):
        socket.send(type="subscribe", stream_keys=[one.key for one in streams], history=30)
        socket.receive("subscription")
        followed = heard(client)
        # It reads no further, so its server waits with the later streams.
        socket.connection.socket.shutdown(SHUT_RDWR)
        # Sooner than a heartbeat could overflow what waits.
        wait_until(lambda: heard(client) == 0, what="the server to follow nothing", seconds=15)

    assert followed == 6
    assert open_sockets_of(sam.pk) == 0


def heard(client: Redis) -> int:
    """Return how many streams some process listens to."""
    return len(client.pubsub_channels("out:*"))


def _opens(live: LiveProcess, token: str) -> bool:
    with connected(live.socket_url) as client:
        client.send(type="hello", token=token)
        return bool(client.receive()["type"] == "hello")


def test_what_lives_keeps_its_places_longer_than_a_lease(
    open_as_sam: Open, narrow: Callable[..., Tier], redis_server: OwnRedis, sam: User
) -> None:
    narrow(connections=1)

    with open_as_sam(), redis_server.client() as client:
        (first,) = client.zrange(name_of(sam.pk), 0, -1, withscores=True)
        wait_until(
            lambda: client.zrange(name_of(sam.pk), 0, -1, withscores=True) != [first],
            what="the lease to be renewed",
        )
        (second,) = client.zrange(name_of(sam.pk), 0, -1, withscores=True)

    assert second[0] == first[0]
    assert second[1] > first[1]


def test_without_redis_a_process_counts_its_own_sockets(
    open_as_sam: Open,
    narrow: Callable[..., Tier],
    limited: LiveProcess,
    redis_server: OwnRedis,
    sam: User,
    token_of: Any,
) -> None:
    narrow(connections=1)
    token = token_of(sam)

    with open_as_sam():
        redis_server.kill()
        with connected(limited.socket_url) as second:
            told, code = refusal_of(second, token)

    assert (told["code"], code) == ("too_many_connections", 4429)


def test_a_connection_follows_as_many_streams_as_the_tier_says(
    open_as_sam: Open,
    narrow: Callable[..., Tier],
    entitled: Entitlement,
    script: Script,
    stream: Stream,
    publish: Publish,
) -> None:
    narrow(subscriptions_per_connection=1)
    second = stream_for(script, "MSFT", "1d", {})

    with open_as_sam() as socket:
        socket.subscribe(stream.key)
        refused = socket.subscribe(second.key)
        publish(1)
        live = socket.receive("data", within=5)

    assert (refused["code"], refused["limit"]) == ("too_many_streams", 1)
    assert live["stream_key"] == stream.key


def test_who_subscribes_too_fast_is_told_and_stays(
    open_as_sam: Open, narrow: Callable[..., Tier], entitled: Entitlement, stream: Stream
) -> None:
    narrow(subscribes_per_10_seconds=3)

    with open_as_sam() as socket:
        answers = [socket.subscribe(stream.key) for _ in range(5)]
        socket.send(type="ping")
        assert socket.receive("pong")

    assert [answer["type"] for answer in answers] == ["subscription"] * 3 + ["error"] * 2
    assert (answers[3]["code"], answers[3]["ws_code"]) == ("too_many_subscribes", 4429)
    assert 1 <= answers[3]["retry_after_seconds"] <= 11


def test_who_talks_too_much_is_told_and_at_last_closed(
    open_as_sam: Open, narrow: Callable[..., Tier]
) -> None:
    narrow()

    with open_as_sam() as socket:
        for _ in range(60):
            socket.send(type="ping")
        frames, code = socket.until_closed()

    kinds = [frame["type"] for frame in frames]
    assert kinds.count("pong") <= 29  # the hello was the first of thirty
    assert frames[-2]["code"] == "too_many_messages"
    assert (frames[-1]["code"], code) == ("too_many_errors", 4429)


def test_what_comes_faster_than_the_tier_lets_through_comes_later_and_whole(
    open_as_sam: Open,
    narrow: Callable[..., Tier],
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
) -> None:
    narrow(burst_per_5_seconds=6)
    publish(10)

    with open_as_sam() as socket:
        socket.subscribe(stream.key, resume={stream.key: 0})
        early = [socket.receive() for _ in range(7)]
        socket.send(type="ping", id="still there")
        answered = socket.receive()
        late = socket.numbers(4)

    numbers = [frame["seq"] for frame in early if frame["type"] == "data"]
    (told,) = [frame for frame in early if frame["type"] == "limited"]
    assert (numbers, late) == ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10])
    assert (told["code"], told["burst_per_5_seconds"]) == ("messages_limited", 6)
    assert 0 < told["retry_after_ms"] <= 5500
    assert answered["type"] == "pong"  # our own words go past what is held back


def test_what_is_held_back_is_conflated_where_only_the_newest_is_wanted(
    open_as_sam: Open,
    narrow: Callable[..., Tier],
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
) -> None:
    narrow(burst_per_5_seconds=3)

    with open_as_sam() as socket:
        socket.subscribe(stream.key, mode="latest")
        frames: list[dict[str, Any]] = []
        for _ in range(6):
            publish(1)
        while not frames or frames[-1]["seq"] < 6:
            frames.append(socket.receive("data", within=15))

    shown = len(frames) + sum(frame.get("skipped", 0) for frame in frames)
    assert shown == 6
    assert len(frames) < 6
