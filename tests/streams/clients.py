"""A WebSocket client that speaks the contract's messages and keeps what it was sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from streams.protocol import MESSAGES, Said

PATIENCE_SECONDS = 10.0


@dataclass
class StreamClient:
    """One connection."""

    connection: ClientConnection

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def receive(self, *types: str, within: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next frame of one of the types; without types, the next frame."""
        until = time.monotonic() + within
        while True:
            frame = json.loads(self.connection.recv(timeout=max(0.0, until - time.monotonic())))
            require_described(frame)
            if not types or frame["type"] in types:
                return dict(frame)

    def hello(self, token: str) -> dict[str, Any]:
        self.send(type="hello", token=token)
        return self.receive()

    def subscribe(self, *keys: str, **more: Any) -> dict[str, Any]:
        """Subscribe, and return the answer."""
        self.send(type="subscribe", stream_keys=[*keys], **more)
        return self.receive("subscription", "error")

    def numbers(self, count: int) -> list[int]:
        """Return the sequence numbers of the next data frames."""
        return [self.receive("data")["seq"] for _ in range(count)]

    def until_closed(self) -> tuple[list[dict[str, Any]], int | None]:
        """Return every frame that still comes, and the code with which the server closes."""
        frames = []
        while True:
            try:
                frames.append(self.receive())
            except ConnectionClosed as closed:
                return frames, closed.rcvd.code if closed.rcvd else None

    def is_silent(self, seconds: float) -> bool:
        """Tell whether nothing at all arrives for a while."""
        try:
            self.connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False


def require_described(frame: dict[str, Any]) -> None:
    """Fail unless a frame of the server is one that the sockets' document describes."""
    accepted = [one.name for one, validator in _frames() if validator.is_valid(frame)]
    assert len(accepted) == 1, f"{accepted} describe {frame}"


@cache
def _frames() -> list[tuple[Said, Draft202012Validator]]:
    described = [(said, said.schema) for said in MESSAGES if said.by == "server"]
    for said, schema in described:
        # A field more than the document has would be a field that nobody can know of.
        if said.name != "error":
            schema["additionalProperties"] = False
    return [(said, Draft202012Validator(schema)) for said, schema in described]


@contextmanager
def connected(url: str, *, token: str | None = None, **more: Any) -> Iterator[StreamClient]:
    """Open a connection, say hello when there is a token, and close it in the end."""
    # A client that stopped reading never sees the answer to its goodbye; it need not wait for it.
    with connect(url, max_size=None, compression=None, close_timeout=0.2, **more) as connection:
        client = StreamClient(connection)
        if token is not None:
            assert client.hello(token)["status"] == "authenticated"
        yield client
