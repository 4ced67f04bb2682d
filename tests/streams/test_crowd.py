"""A crowd that comes and goes, through faults: no gap, no repetition, no disorder, no late word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from registry.models import Entitlement, Script
from registry.services import entitlements
from streams.models import Stream
from streams.publishing import stream_for
from tests.flows.processes import wait_until
from tests.streams.conftest import Publish
from tests.streams.crowd import Crowd, Member
from tests.streams.servers import LiveProcess, OwnRedis, live_process, relay_process

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = 5
EVENTUALLY_SECONDS = 120.0
SETTLED_SECONDS = 2.0


@pytest.fixture
def own_live(
    transactional_db: None, redis_server: OwnRedis, tmp_path: Path
) -> Iterator[LiveProcess]:
    """Run a live process that may be killed, and the relay."""
    with (
        live_process(tmp_path, redis_server.url) as live,
        relay_process(redis_server.url, tmp_path / "relay.log"),
    ):
        yield live


def faults(live: LiveProcess, redis_server: OwnRedis) -> list[Callable[[], None]]:
    """Return what happens in turn."""

    def kill_live() -> None:
        live.process.kill()
        live.process.wait()
        live.start()

    def flush_redis() -> None:
        with redis_server.client() as client:
            client.flushall()

    def kill_redis() -> None:
        redis_server.kill()
        redis_server.start()

    return [kill_live, flush_redis, kill_redis]


def go_through(
    crowd: Crowd,
    streams: list[Stream],
    publish: Publish,
    happens: list[Callable[[], None]],
    *,
    outputs: int,
    per_second: float,
) -> None:
    """Publish to the streams in turn while the faults happen, evenly spread."""
    every = outputs // (len(happens) + 1)
    started = time.monotonic()
    for number in range(1, outputs + 1):
        publish(to=streams[number % len(streams)])
        if number % every == 0 and happens:
            happens.pop(0)()
        time.sleep(max(0.0, started + number / per_second - time.monotonic()))
    assert not happens
    crowd.restless.clear()


def prove(
    script: Script,
    sam: User,
    live: LiveProcess,
    redis_server: OwnRedis,
    publish: Publish,
    *,
    sockets: int,
    outputs: int,
    rounds: int,
    seconds_open: float,
) -> list[Member]:
    """Let a crowd go through it all, then revoke its right; return what its members saw."""
    now = utc_now()
    streams = [stream_for(script, "IBM", "1d", {"period": number}) for number in range(STREAMS)]
    _, token = issue_api_key(sam, name="crowd", acting_user=sam, now=now)
    members = [Member(streams[number % STREAMS].key) for number in range(sockets)]
    happens = faults(live, redis_server) * rounds
    with Crowd(live.socket_url, token, members, seconds_open=seconds_open, seed=7) as crowd:
        go_through(crowd, streams, publish, happens, outputs=outputs, per_second=20)
        wait_until(
            lambda: all(member.last >= outputs // STREAMS for member in members),
            what="every member to be served",
            seconds=EVENTUALLY_SECONDS,
            log=live.log,
        )
        entitlements.revoke(script, sam, acting_user=script.owner, now=utc_now())
        revoked_at = utc_now()
        for number in range(int(20 * (1 + SETTLED_SECONDS))):
            publish(to=streams[number % STREAMS])
            time.sleep(0.05)
        wait_until(lambda: all(member.denied for member in members), what="every member to be told")
    for member in members:
        assert member.newest is not None
        assert member.newest <= revoked_at + timedelta(seconds=1)
    return members


def assert_whole(members: list[Member], *, outputs: int) -> None:
    """Each saw every number once, in order, and was told of no gap."""
    for member in members:
        assert member.gaps == []
        assert member.seen == list(range(1, member.last + 1))
        assert member.last >= outputs // STREAMS


def test_a_small_crowd_misses_nothing_through_three_faults(
    script: Script,
    sam: User,
    entitled: Entitlement,
    own_live: LiveProcess,
    redis_server: OwnRedis,
    publish: Publish,
) -> None:
    members = prove(
        script,
        sam,
        own_live,
        redis_server,
        publish,
        sockets=40,
        outputs=100,
        rounds=1,
        seconds_open=2.0,
    )

    assert_whole(members, outputs=100)
    assert sum(member.connections for member in members) > 2 * len(members)


@pytest.mark.faults
def test_500_sockets_miss_nothing_through_twelve_faults(
    script: Script,
    sam: User,
    entitled: Entitlement,
    own_live: LiveProcess,
    redis_server: OwnRedis,
    publish: Publish,
    capsys: pytest.CaptureFixture[str],
) -> None:
    members = prove(
        script,
        sam,
        own_live,
        redis_server,
        publish,
        sockets=500,
        outputs=2000,
        rounds=4,
        seconds_open=8.0,
    )

    with capsys.disabled():
        connections = sum(member.connections for member in members)
        frames = sum(len(member.seen) for member in members)
        print(f"\n500 sockets, {connections:,} connections, {frames:,} frames, 12 faults")
    assert_whole(members, outputs=2000)
