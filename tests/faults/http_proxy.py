"""An HTTP proxy before the object store that fails on request, the way networks and stores do."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.faults.sockets import close_with_reset

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}
)
UNAVAILABLE = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


class Fault(StrEnum):
    """One way to fail."""

    UNAVAILABLE = "the store answers 503"
    NO_ANSWER = "no answer comes in time"
    TRUNCATED = "the connection ends half-way through the body"
    SHORTENED = "half of the body arrives and looks whole"
    RESET = "the connection is reset before the store hears of it"
    ANSWER_LOST = "the store does it, and the answer is lost"


# Decides from the method, the path, and how often this path was asked with it.
Plan = Callable[[str, str, int], Fault | None]


class FaultProxy:
    """Forwards to a store, except for what its plan makes fail."""

    def __init__(self, upstream: str, *, silence_seconds: float) -> None:
        self.upstream = urlsplit(upstream)
        self.silence_seconds = silence_seconds
        self.plan: Plan = lambda method, path, time: None
        self.happened: Counter[Fault] = Counter()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._counting = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """Return the address to use instead of the store's."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fault_for(self, method: str, path: str) -> Fault | None:
        """Return what happens to a request, and count it."""
        with self._counting:
            self._asked[method, path] += 1
            fault = self.plan(method, path, self._asked[method, path])
            if fault is not None:
                self.happened[fault] += 1
            return fault

    def stop(self) -> None:
        """Refuse every connection from here on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave first: the faults make them."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that a client that asks first is told to go on
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    do_PUT = do_HEAD = do_DELETE = do_POST = do_GET  # noqa: N815  the names are the library's

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def _answer(self) -> None:
        # One request a connection: what breaks one must not be seen by the next.
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.proxy.fault_for(self.command, self.path)
        if fault is Fault.UNAVAILABLE:
            self._send(503, {"Content-Type": "application/xml"}, UNAVAILABLE)
        elif fault is Fault.NO_ANSWER:
            threading.Event().wait(self.server.proxy.silence_seconds)
        elif fault is Fault.RESET:
            self._reset()
        else:
            self._forward(body, fault)

    def _forward(self, body: bytes, fault: Fault | None) -> None:
        status, headers, content = self._ask_the_store(body)
        if fault is Fault.ANSWER_LOST:
            self._reset()
        elif fault is Fault.TRUNCATED:
            self._send(status, headers, content[: len(content) // 2], length=len(content))
        elif fault is Fault.SHORTENED:
            self._send(status, headers, content[: len(content) // 2])
        else:
            self._send(status, headers, content)

    def _ask_the_store(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = self.server.proxy.upstream
        store = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=10)
        try:
            # The signature covers the headers, the name of the host among them.
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    store.putheader(name, value)
            store.putheader("Content-Length", str(len(body)))
            store.endheaders(body)
            reply = store.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            store.close()

    def _send(
        self, status: int, headers: dict[str, str], content: bytes, *, length: int | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        declared = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", declared or str(length or len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self) -> None:
        close_with_reset(self.connection)
