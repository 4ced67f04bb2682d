"""A subscriber that reads every stream of the producers, through every lost connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from tests.faults.publication import signal_id_of
from tests.streams.clients import StreamClient, connected

PATIENCE_SECONDS = 0.5
ANSWER_SECONDS = 5.0
WAIT_SECONDS = 0.1


@dataclass(eq=False)
class Subscriber:
    """One reader in a thread of its own; it resumes each stream after the last number it saw."""

    port: int
    token: str
    keys: list[str]
    identify: Callable[[dict[str, Any]], str] = lambda frame: signal_id_of(frame["value"])
    seen: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    first_seen_at: dict[str, float] = field(default_factory=dict)
    connections: int = 0
    gaps: int = 0
    failures: list[BaseException] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _missing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seen = {key: [] for key in self.keys}
        self._thread = threading.Thread(target=self._read_on, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stopped.set()
        self._thread.join()

    @property
    def count(self) -> int:
        """Return how many frames came, repeated ones too."""
        return sum(map(len, self.seen.values()))

    def _read_on(self) -> None:
        while not self._stopped.is_set():
            try:
                self._read_over_one_connection()
            except (OSError, EOFError, WebSocketException, _NotNow):  # the first is a time-out, too
                self._stopped.wait(WAIT_SECONDS)
            except BaseException as failure:
                self.failures.append(failure)
                return

    def _read_over_one_connection(self) -> None:
        url = f"ws://127.0.0.1:{self.port}/ws/"
        with connected(url, open_timeout=ANSWER_SECONDS) as client:
            client.send(type="hello", token=self.token)
            if client.receive(within=ANSWER_SECONDS).get("status") != "authenticated":
                raise _NotNow
            self.connections += 1
            self._missing = set(self.keys)
            while not self._stopped.is_set():
                self._follow_missing(client)
                self._read_for_a_while(client)

    def _follow_missing(self, client: StreamClient) -> None:
        """Follow the streams that are not followed yet, each from where it was left."""
        if not self._missing:
            return
        keys = sorted(self._missing)
        resume = {key: self._position(key) for key in keys}
        client.send(type="subscribe", stream_keys=keys, resume=resume)
        frame = None
        while frame is None or frame["type"] != "subscription":
            frame = client.receive(within=ANSWER_SECONDS)
            self._take(frame)

    def _read_for_a_while(self, client: StreamClient) -> None:
        """Take what comes, until it is time to ask for what is missing."""
        until = time.monotonic() + PATIENCE_SECONDS
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                self._take(client.receive(within=left))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "data":
                name = self.identify(frame)
                self.seen[frame["stream_key"]].append((frame["seq"], name))
                self.first_seen_at.setdefault(name, time.monotonic())
            case "subscription":
                self._missing -= set(frame["stream_keys"])
            case "subscription_denied":
                self._missing.add(frame["stream_key"])
            case "gap":
                self.gaps += 1
            case "error" | "closing":
                raise _NotNow

    def _position(self, key: str) -> int:
        return max((seq for seq, _ in self.seen[key]), default=0)


class _NotNow(Exception):
    """The platform cannot serve a subscriber at the moment."""
