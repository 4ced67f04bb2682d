"""A page with our live client on it, and a server in its place that says what a test tells it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.browser import PATIENCE_MS

FOLLOW = """async ([keys, options, streamOptions]) => {
    const { LiveClient } = await import("/static/js/live/client.js");
    const token = options.tokens ? () => options.tokens.shift() : options.token ?? null;
    window.live = new LiveClient({ token });
    window.heard = [];
    const hear = (of, source, names) => names.forEach((name) => source.addEventListener(
        name, ({ detail }) => window.heard.push({ of, name, ...detail })));
    window.follow = (key, more) => {
        window[`stream ${key}`] = window.live.subscribe(key, more);
        hear(key, window[`stream ${key}`], ["snapshot", "data", "resumed", "caughtup", "gap",
            "restarted", "silence", "ended"]);
    };
    hear("client", window.live, ["state", "limited", "trouble"]);
    keys.forEach((key) => window.follow(key, streamOptions));
}"""
HEARD = "([name, count]) => window.heard.filter((event) => event.name === name).length >= count"


@dataclass
class Scripted:
    """The sockets that a page opened, and what it said over them."""

    page: Page
    sockets: list[WebSocketRoute] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)

    def accept(self, socket: WebSocketRoute) -> None:
        """Take a socket and listen to it."""
        self.sockets.append(socket)
        socket.on_message(lambda text: self.said.append(json.loads(text)))

    def send(self, *frames: dict[str, Any]) -> None:
        """Say something over the newest socket."""
        for frame in frames:
            self.sockets[-1].send(json.dumps(frame))

    def begin(self, offset: int, *keys: str, epoch: str = "a") -> None:
        """Acknowledge streams that were asked for anew."""
        self.acknowledge(offset, *keys, epoch=epoch)
        for key in keys:
            fields = {"stream_key": key, "seq": offset, "epoch": epoch, "outputs": []}
            self.send({"type": "snapshot", **fields})

    def acknowledge(self, offset: int, *keys: str, epoch: str = "a") -> None:
        """Acknowledge streams that stand at a number."""
        begun = {"epoch": epoch, "offset": offset, "recovered": True}
        self.send(
            {
                "type": "subscription",
                "status": "subscribed",
                "stream_keys": [*keys],
                "streams": dict.fromkeys(keys, begun),
            }
        )

    def wait_for_words(self, count: int) -> dict[str, Any]:
        """Return what the page said last, once it has said so much."""
        self._wait(lambda: len(self.said) >= count)
        assert len(self.said) == count, self.said
        return self.said[-1]

    def wait_for_sockets(self, count: int) -> None:
        """Wait until the page has opened so many sockets."""
        self._wait(lambda: len(self.sockets) >= count)

    def _wait(self, is_true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_MS / 1000
        while not is_true():
            assert time.monotonic() < until, self.said
            self.page.wait_for_timeout(10)  # while it waits, the page's words are heard


def follow(page: Page, *keys: str, options: dict[str, Any] | None = None, **stream: Any) -> None:
    """Follow streams on a page, and write down what their reader is told."""
    page.evaluate(FOLLOW, [[*keys], options or {}, stream])


def heard(page: Page, name: str, *, count: int = 1) -> list[dict[str, Any]]:
    """Return the events of a name, once there are so many."""
    page.wait_for_function(HEARD, arg=[name, count])
    found: list[dict[str, Any]] = page.evaluate(
        "(name) => window.heard.filter((event) => event.name === name)", name
    )
    assert len(found) == count, found
    return found


def data(seq: int, *, epoch: str = "a", key: str = "s") -> dict[str, Any]:
    """Return a data frame."""
    return {"type": "data", "stream_key": key, "seq": seq, "epoch": epoch, "value": seq}
