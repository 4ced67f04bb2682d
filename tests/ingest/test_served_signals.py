"""The handler in the server that we ship, spoken to over plain sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from common.clock import utc_now
from ingest.api.asgi import Intake
from ingest.api.pool import SignalPool
from ingest.models import Producer, Signal
from ingest.services.failures import note_failure
from streams.threads import in_thread
from tests.ingest.builders import PATH, encode, signal_body, signed_headers
from tests.ingest.conftest import Registered
from tests.ingest.fronts import exchange
from tests.streams.servers import LiveProcess, live_process

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("signatures_on"),
]
LIMIT = 32_768 + 4096


@pytest.fixture
def live(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveProcess]:
    monkeypatch.setenv("HMAC_PRODUCER_ENABLED", "true")
    with live_process(tmp_path, settings.REDIS_URL) as process:
        yield process


class Line:
    """One connection, over which requests are written byte by byte."""

    def __init__(self, live: LiveProcess) -> None:
        self.socket = socket.create_connection(("127.0.0.1", live.port), timeout=20)
        self.file = self.socket.makefile("rb")

    def send(self, headers: dict[str, str], *parts: bytes) -> tuple[int, Any]:
        """Send a POST, and return status and body of the answer."""
        self.begin(headers, *parts)
        status = int(self.file.readline().split()[1])
        length = 0
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(self.file.read(length))

    def begin(self, headers: dict[str, str], *parts: bytes) -> None:
        lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + b"".join(parts))

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def lines_of(headers: dict[str, str]) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), *headers.items()]


def chunked(*parts: bytes) -> list[bytes]:
    return [b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b"")]


def test_what_comes_over_the_wire_is_taken_in_or_refused_whole(
    live: LiveProcess, north: Registered
) -> None:
    raw = encode(signal_body())
    length = {"Content-Length": str(len(raw))}

    def signed() -> dict[str, str]:
        return signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())

    line = Line(live)
    whole = line.send(signed() | length, raw)
    in_pieces = line.send(
        signed() | {"Transfer-Encoding": "chunked"}, *chunked(raw[:1], raw[1:7], raw[7:])
    )
    smuggled = {name.replace("-", "_"): value for name, value in signed().items()}
    lookalikes = line.send(smuggled | length, raw)
    beside = line.send(signed() | {"X_Producer_Id": "south"} | length, raw)
    line.close()

    assert (whole[0], in_pieces[0]) == (201, 201)
    assert lookalikes == (401, {"detail": "The header X-Producer-Id is missing."})
    assert beside[0] in {201, 400}  # another header, or one that the server does not let pass
    assert Signal.objects.count() == (3 if beside[0] == 201 else 2)

    stored = Signal.objects.count()
    too_long = Line(live)
    assert too_long.send({"Content-Length": str(LIMIT + 1)}, b"x" * (LIMIT + 1))[0] == 413
    too_long.close()
    endless = Line(live)
    parts = chunked(b"x" * LIMIT, b"x")
    assert endless.send({"Transfer-Encoding": "chunked"}, *parts)[0] == 413
    endless.close()
    gone = Line(live)
    gone.begin(signed() | length, raw[:-1])
    gone.close()
    line = Line(live)
    assert line.send(signed() | length, raw)[0] == 201
    line.close()
    assert Signal.objects.count() == stored + 1


def test_who_is_cancelled_loses_nothing_and_harms_nobody(north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    lines = lines_of(headers)

    async def cancel_at_every_moment() -> list[int]:
        pool = SignalPool()
        intake = Intake(pool, note=in_thread(note_failure))
        for turns in range(12):
            task = asyncio.create_task(exchange(intake, "POST", PATH, lines, [raw]))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        replies = [await exchange(intake, "POST", PATH, lines, [raw]) for _ in range(10)]
        await intake.close()
        await pool.close()
        return [reply.status_code for reply in replies]

    statuses = asyncio.run(cancel_at_every_moment())

    assert set(statuses[1:]) == {200}
    assert Signal.objects.count() == 1


def test_a_full_pool_says_so_at_once(north: Registered, settings: Any) -> None:
    settings.INGEST_CONNECTIONS, settings.INGEST_WAITING_MAX = 1, 2
    raws = [encode(signal_body(instrument=f"I-{number}")) for number in range(30)]

    async def send_all() -> list[Any]:
        pool = SignalPool()
        intake = Intake(pool, note=in_thread(note_failure))
        headers = [
            signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
            for raw in raws
        ]
        replies = await asyncio.gather(
            *(
                exchange(
                    intake, "POST", PATH, [("Content-Type", "application/json"), *h.items()], [raw]
                )
                for raw, h in zip(raws, headers, strict=True)
            )
        )
        await intake.close()
        await pool.close()
        return list(replies)

    replies = asyncio.run(send_all())

    refused = [reply for reply in replies if reply.status_code == 503]
    assert {reply.status_code for reply in replies} == {201, 503}
    assert all(reply["Retry-After"] == "1" for reply in refused)
    assert Signal.objects.count() == len(replies) - len(refused)


def test_a_change_of_a_producer_counts_at_once_whatever_is_remembered(north: Registered) -> None:
    raw = encode(signal_body())

    async def send_three() -> list[int]:
        pool = SignalPool()
        intake = Intake(pool, note=in_thread(note_failure))
        statuses = []
        for change in ({"enabled": True}, {"enabled": False}, {"enabled": True}):
            await in_thread(_change)(**change)
            headers = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
            lines = lines_of(headers)
            statuses.append((await exchange(intake, "POST", PATH, lines, [raw])).status_code)
        await intake.close()
        await pool.close()
        return statuses

    assert asyncio.run(send_three()) == [201, 401, 201]


def _change(**fields: Any) -> None:
    producer = Producer.objects.get(producer_id="north")
    revision = producer.revision + 1
    Producer.objects.filter(pk=producer.pk).update(revision=revision, **fields)
