"""Many WebSocket clients in one process of little cost: what each was sent is counted.

``python -m bench.socket_readers PORT COUNT`` reads the messages to open with, a line of JSON, then
opens the sockets, prints ``ready``, and for every further line of its input ``{"last": seq}``
waits until each socket has come there and prints what it counted since.
"""

from __future__ import annotations

import asyncio
import base64
import json
import resource
import secrets
import sys
import time
from dataclasses import dataclass, field
from typing import Any

OPENED_AT_ONCE = 40
PATIENCE_SECONDS = 30.0
TEXT, PING, PONG = 1, 9, 10
SEQ, VALUE = b'"seq":', b'"value":'


@dataclass
class Counts:
    """What came, over all sockets, since it was last asked."""

    frames: int = 0
    missing: int = 0
    repeated: int = 0
    delays: list[float] = field(default_factory=list)


class Reader(asyncio.Protocol):
    """One socket."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.last = 0
        self.opened = asyncio.get_running_loop().create_future()
        self.subscribed = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        transport.write(
            b"GET /ws/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def say(self, message: Any) -> None:
        """Send one message; a client's frames are masked, here with zeroes."""
        text = json.dumps(message).encode()
        size = (
            bytes([0x80 | len(text)])
            if len(text) < 126
            else bytes([0x80 | 126]) + len(text).to_bytes(2)
        )
        self.transport.write(b"\x81" + size + bytes(4) + text)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        if not self._is_open:
            head, end, buffer = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise AssertionError(f"A server of the benchmark answered {head[:80]!r}.")
            self._is_open = True
            self.opened.set_result(None)
        self._buffer = buffer[self._take(buffer) :]

    def _take(self, buffer: bytes) -> int:
        start, here = 0, time.monotonic()
        while len(buffer) - start >= 4:
            length, begin = buffer[start + 1], start + 2
            if length == 126:
                length, begin = int.from_bytes(buffer[start + 2 : start + 4]), start + 4
            if begin + length > len(buffer):
                break
            payload, opcode = buffer[begin : begin + length], buffer[start] & 0x0F
            if opcode == PING:
                self.transport.write(bytes([0x80 | PONG, 0x80 | length]) + bytes(4) + payload)
            elif opcode == TEXT:
                self._count(payload, here)
            start = begin + length
        return start

    def _count(self, text: bytes, here: float) -> None:
        if not text.startswith(b'{"type":"data"'):
            if text.startswith(b'{"type":"subscription"') and not self.subscribed.done():
                self.subscribed.set_result(None)
            return
        seq = _number(text, SEQ)
        counts, step = self.counts, int(seq) - self.last
        counts.frames += 1
        if step < 1:
            counts.repeated += 1
            return
        counts.missing += step - 1 if self.last else 0
        self.last = int(seq)
        counts.delays.append(here - _number(text, VALUE))


def _number(text: bytes, name: bytes) -> float:
    begin = text.index(name) + len(name)
    return float(text[begin : text.index(b",", begin)])


async def open_all(port: int, count: int, messages: list[Any], counts: Counts) -> list[Reader]:
    """Open sockets, say the messages on each, and return them when all are served."""
    loop, readers = asyncio.get_running_loop(), []
    for start in range(0, count, OPENED_AT_ONCE):
        some = [
            (await loop.create_connection(lambda: Reader(counts), "127.0.0.1", port))[1]
            for _ in range(min(OPENED_AT_ONCE, count - start))
        ]
        async with asyncio.timeout(PATIENCE_SECONDS):
            for reader in some:
                await reader.opened
                for message in messages:
                    reader.say(message)
            for reader in some:
                await reader.subscribed
        readers += some
    return readers


async def serve(port: int, count: int) -> None:
    """Do what the lines of the input say, until they end."""
    loop, counts = asyncio.get_running_loop(), Counts()
    messages = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    readers = await open_all(port, count, messages, counts)
    print("ready", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        last = json.loads(line)["last"]
        until = time.monotonic() + PATIENCE_SECONDS
        while any(reader.last < last for reader in readers) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        late = sorted(counts.delays) or [0.0]
        print(
            json.dumps(
                {
                    "frames": counts.frames,
                    "missing": counts.missing + sum(last - reader.last for reader in readers),
                    "repeated": counts.repeated,
                    "p99_ms": 1000 * late[int(0.99 * (len(late) - 1))],
                }
            ),
            flush=True,
        )
        counts.frames = counts.missing = counts.repeated = 0
        counts.delays.clear()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
