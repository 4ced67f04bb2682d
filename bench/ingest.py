"""What one accepted signal costs the processor of the process that takes it in.

Ours beside the floor, bare Starlette and psycopg doing the same signed insert, and beside two
peers; each in a process of its own under the same uvicorn, in turns, in one run.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from accounts.models import Tenant
from bench.rows import BenchRow
from bench.servers import cpu_seconds_of, free_port, serving
from ingest.models import Producer, Signal, UnpublishedSignal
from ingest.producer_secrets import new_secret, sealed
from ingest.signatures import sign

ROUNDS = 12
REQUESTS = 300  # of one round and server
WARM_UP = 300
AT_ONCE = 16
GOAL = 1.5
SERVERS = {
    "bare": "bench.ingest_peers.bare:application",
    "ours": "signalhub.asgi:application",
    "FastAPI": "bench.ingest_peers.fast:application",
    "DRF": "bench.ingest_peers.drf:application",
}
BODY = (
    b'{"instrument": "XAUUSD", "side": 0, "time": "2026-01-05T16:00:00Z", "payload": '
    b'{"rsi": 28.4, "bands": [1.1, 2.2, 3.3], "strategy": "DemoNoStoch", "note": "oversold"}, '
    b'"version": 1}'
)


@dataclass
class Server:
    """One of them, and what its rounds have cost a request."""

    pid: int
    port: int
    microseconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Signer:
    """Who sends the signals."""

    producer_id: str
    secret: bytes


def rows() -> list[BenchRow]:
    """Measure processor time per accepted request, and what it is of the floor's."""
    with _producer() as (producer, secret), ExitStack() as stack:
        signer = Signer(producer.producer_id, secret.encode())
        servers = {
            name: stack.enter_context(_serving(application, producer, secret))
            for name, application in SERVERS.items()
        }
        clock = _instants()
        for server in servers.values():
            _measure(server, signer, clock, WARM_UP)
            server.microseconds.clear()
        for _ in range(ROUNDS):
            for server in servers.values():
                _measure(server, signer, clock, REQUESTS)
    bare, ours, fastapi, drf = (server.microseconds for server in servers.values())
    return [
        _row("signed signal, against bare Starlette + psycopg", ours, bare, GOAL),
        _row("FastAPI doing the same, against ours", fastapi, ours, 1.0, at_least=True),
        _row("DRF doing the same, against ours", drf, ours, 1.0, at_least=True),
    ]


def _row(
    name: str, values: list[float], floors: list[float], goal: float, *, at_least: bool = False
) -> BenchRow:
    # The lower quartile: what else the machine does makes a round dearer, and never cheaper.
    value, floor = quantiles(values)[0], quantiles(floors)[0]
    return BenchRow(
        name=name,
        ratio=value / floor,
        goal=goal,
        floor=floor,
        value=value,
        unit="us of CPU a request",
        at_least=at_least,
    )


def _measure(server: Server, signer: Signer, clock: Iterator[datetime], count: int) -> None:
    requests = [_request(next(clock), signer) for _ in range(count)]
    before = cpu_seconds_of(server.pid)
    asyncio.run(_send_all(server.port, requests))
    server.microseconds.append((cpu_seconds_of(server.pid) - before) / count * 1e6)


async def _send_all(port: int, requests: list[bytes]) -> None:
    waiting = iter(requests)

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = head.split(b" ", 2)[1], _length_of(head)
            await reader.readexactly(length)
            if status != b"201":
                raise AssertionError(f"A server of the benchmark answered {status!r}.")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))


def _length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    raise AssertionError("A server of the benchmark did not say how long its answer is.")


def _instants() -> Iterator[datetime]:
    # No two requests are alike: each is signed at an instant of its own.
    last = datetime.now(UTC)
    while True:
        last = max(last + timedelta(microseconds=1), datetime.now(UTC))
        yield last


def _request(instant: datetime, signer: Signer) -> bytes:
    timestamp = instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
    signature = sign(
        BODY, timestamp=timestamp, producer_id=signer.producer_id, secret=signer.secret
    )
    lines = (
        "POST /api/v1/signals HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(BODY)}",
        f"X-Producer-Id: {signer.producer_id}",
        f"X-Timestamp: {timestamp}",
        f"X-Signature: {signature}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + BODY


@contextmanager
def _producer() -> Iterator[tuple[Producer, str]]:
    """Register a producer, and take it back with all its signals."""
    tenant = Tenant.objects.create(name=f"Bench {secrets.token_hex(4)}", slug=secrets.token_hex(4))
    secret = new_secret()
    producer = Producer(
        tenant=tenant, producer_id=f"bench-{secrets.token_hex(4)}", created_at=datetime.now(UTC)
    )
    producer.secret_encrypted = sealed(producer, secret)
    producer.save()
    try:
        yield producer, secret
    finally:
        UnpublishedSignal.objects.filter(signal__producer=producer).delete()
        Signal.objects.filter(producer=producer).delete()
        producer.delete()
        tenant.delete()


@contextmanager
def _serving(application: str, producer: Producer, secret: str) -> Iterator[Server]:
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", application, "--port", str(port))
    environment = {
        "HMAC_PRODUCER_ENABLED": "true",
        "PRODUCER_SIGNALS_PER_MINUTE": "10000000",
        "LOG_JSON": "true",
        "BENCH_SECRET": secret,
        "BENCH_PRODUCER": str(producer.pk),
    }
    quietly = ("--http", "httptools", "--no-access-log", "--log-level", "warning")
    with serving((*command, *quietly), port, environment) as process:
        yield Server(process.pid, port)
