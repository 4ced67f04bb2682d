"""What one delivery to a socket costs the processor, and one idle socket the memory.

Ours beside the floor: bare Starlette that hands on what Redis announces. A thousand sockets each,
twenty frames a second to every one of them, in turns, in one run; every frame is counted.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

from accounts.models import Tier, User
from accounts.services.api_keys import issue_api_key
from bench.rows import BenchRow
from bench.servers import cpu_seconds_of, free_port, resident_kilobytes_of, serving
from bench.socket_peers.bare import CHANNEL
from common.clock import utc_now
from streams import cache
from streams.frames import frame_of
from streams.models import Output, RelayCursor, Stream
from streams.publishing import NewOutput, publish_outputs
from streams.relay import Relay

SOCKETS = 1000
FRAMES_PER_SECOND = 20
ROUNDS, ROUND_SECONDS, WARM_UP_SECONDS = 4, 4, 2
GOAL = 1.2
P99_MS = 100.0
MEMORY_GOAL = 3.0  # a socket of ours knows its reader, their rights, limits and what waits for them

Publish = Callable[[Output], None]


@dataclass
class Side:
    """One server with its thousand readers."""

    pid: int
    stream: Stream
    readers: subprocess.Popen[str]
    publish: Publish
    kilobytes_a_socket: float
    microseconds: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    missing: int = 0


def rows() -> list[BenchRow]:
    """Measure both sides in turns; no frame may be missing or come twice."""
    with ExitStack() as stack:
        bare = stack.enter_context(_bare(*stack.enter_context(_stream())))
        ours = stack.enter_context(_ours(*stack.enter_context(_stream())))
        for side in (bare, ours):
            _measure(side, WARM_UP_SECONDS)
            side.microseconds.clear()
            side.p99_ms.clear()
        for _ in range(ROUNDS):
            for side in (bare, ours):
                _measure(side, ROUND_SECONDS)
    if ours.missing:
        raise AssertionError(f"{ours.missing} frames were missing or came twice.")
    return [
        _row("delivery to 1 of 1,000 sockets, against bare Starlette", ours, bare),
        BenchRow(
            name="slowest hundredth of deliveries, against its bound",
            ratio=median(ours.p99_ms) / P99_MS,
            goal=1.0,
            floor=P99_MS,
            value=median(ours.p99_ms),
            unit="ms from publication to reader",
        ),
        BenchRow(
            name="memory of an idle socket, against bare Starlette",
            ratio=ours.kilobytes_a_socket / bare.kilobytes_a_socket,
            goal=MEMORY_GOAL,
            floor=bare.kilobytes_a_socket,
            value=ours.kilobytes_a_socket,
            unit="kB a socket",
        ),
    ]


def _row(name: str, ours: Side, bare: Side) -> BenchRow:
    # The cheapest round: what else the machine does makes one dearer, and never cheaper.
    value, floor = min(ours.microseconds), min(bare.microseconds)
    return BenchRow(
        name=name, ratio=value / floor, goal=GOAL, floor=floor, value=value, unit="us of CPU"
    )


def _measure(side: Side, seconds: int) -> None:
    count = seconds * FRAMES_PER_SECOND
    before, started = cpu_seconds_of(side.pid), time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, started + number / FRAMES_PER_SECOND - time.monotonic()))
        side.publish(_next_output(side.stream))
    said = _ask(side.readers, {"last": side.stream.seq})
    spent = cpu_seconds_of(side.pid) - before
    side.missing += said["missing"] + said["repeated"]
    side.microseconds.append(1e6 * spent / (count * SOCKETS))
    side.p99_ms.append(said["p99_ms"])


def _next_output(stream: Stream) -> Output:
    # The value is when it was made, by a clock that all processes of a machine share.
    output = NewOutput(
        value=time.monotonic(), timestamp=utc_now(), metadata={"side": "buy", "rsi": 28.4}
    )
    with transaction.atomic():
        [row] = publish_outputs(stream, [output])
    return row


@contextmanager
def _ours(stream: Stream, api_key: str) -> Iterator[Side]:
    port = free_port()
    command = (sys.executable, "-m", "signalhub.serving", "live", "--port", str(port))
    client = cache.connect(settings.REDIS_URL)
    relay = Relay(client)
    messages: list[dict[str, Any]] = [
        {"type": "hello", "token": api_key},
        {"type": "subscribe", "stream_keys": [stream.key], "history": 0},
    ]
    quietly = {"LOG_LEVEL": "WARNING", "RATE_LIMITS_ENABLED": "true"}
    with (
        serving((*command, "--log-level", "warning"), port, quietly) as process,
        _readers(process.pid, port, messages) as (readers, kilobytes),
    ):
        yield Side(process.pid, stream, readers, lambda _: _carry(relay, stream), kilobytes)
    client.close()


def _carry(relay: Relay, stream: Stream) -> None:
    relay.carry([stream.pk])


@contextmanager
def _bare(stream: Stream, _: str) -> Iterator[Side]:
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "bench.socket_peers.bare:application")
    arguments = ("--port", str(port), "--log-level", "warning", "--no-access-log")
    client = redis.Redis.from_url(settings.REDIS_URL)
    with (
        serving((*command, *arguments), port, {}) as process,
        _readers(process.pid, port, [{"type": "subscribe"}]) as (readers, kilobytes),
    ):
        yield Side(
            process.pid, stream, readers, lambda output: _announce(client, output), kilobytes
        )
    client.close()


def _announce(client: redis.Redis, output: Output) -> None:
    client.publish(CHANNEL, frame_of(output).text)


@contextmanager
def _readers(
    pid: int, port: int, messages: list[dict[str, Any]]
) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """Open the sockets, and say how much memory each of them took."""
    before = resident_kilobytes_of(pid)
    command = (sys.executable, "-m", "bench.socket_readers", str(port), str(SOCKETS))
    readers = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert readers.stdin is not None
        assert readers.stdout is not None
        readers.stdin.write(json.dumps(messages) + "\n")
        readers.stdin.flush()
        if readers.stdout.readline() != "ready\n":
            raise AssertionError("The readers of the benchmark did not get ready.")
        yield readers, (resident_kilobytes_of(pid) - before) / SOCKETS
    finally:
        readers.kill()
        readers.wait()


def _ask(readers: subprocess.Popen[str], question: dict[str, int]) -> dict[str, Any]:
    assert readers.stdin is not None
    assert readers.stdout is not None
    readers.stdin.write(json.dumps(question) + "\n")
    readers.stdin.flush()
    return dict(json.loads(readers.stdout.readline()))


@contextmanager
def _stream() -> Iterator[tuple[Stream, str]]:
    """Make a stream with a reader who may open a thousand sockets, and take them back."""
    name = f"bench-{secrets.token_hex(4)}"
    user = User.objects.create(username=name, tier=Tier.objects.get(name="enterprise"))
    stream = Stream.objects.create(
        key=f"personal:{user.pk}:{name}:IBM:default",
        owner=user,
        instrument_key="IBM",
        params_sha256="",
    )
    _, secret = issue_api_key(user, name=name, acting_user=user, now=utc_now())
    try:
        yield stream, secret
    finally:
        RelayCursor.objects.filter(stream=stream).delete()
        Output.objects.filter(stream=stream).delete()
        stream.delete()
        user.is_active = False
        user.save(update_fields=["is_active"])
