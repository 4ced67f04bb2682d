"""Django under WSGI behind an ASGI server: each request in one of a fixed number of threads.

A thread is given a request when all of it is there, so a client that sends slowly holds none. How
many requests there may be at once, those that wait for a thread among them, is decided in front.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from common.http.raw_headers import RAW_NAMES
from signalhub.bounded import whole_body

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
StartResponse = Callable[..., Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class WsgiPool:
    """An ASGI application that answers with a WSGI one, in a fixed number of threads."""

    def __init__(self, application: WsgiApplication, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; sockets belong to another process."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await whole_body(receive)
        if body is None:
            return
        loop = asyncio.get_running_loop()
        exchange = _Exchange(environ_of(scope, body), send, loop)
        # A context of its own: nothing that a request sets is there for the next.
        rest = await loop.run_in_executor(
            self._threads, contextvars.Context().run, exchange.run, self._application
        )
        for message in rest:
            await send(message)


class _Exchange:
    """One call of the WSGI application, in a thread; what it answers is sent from the loop.

    The thread waits for a slow reader only while there is more of the answer to be made.
    """

    def __init__(
        self, environ: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._environ = environ
        self._send = send
        self._loop = loop
        self._start: Message | None = None

    def run(self, application: WsgiApplication) -> list[Message]:
        """Make the answer, and return what of it is still to be sent when the thread has left."""
        answer = application(self._environ, self._start_response)
        try:
            if not getattr(answer, "streaming", True):
                return [*self._taken_start(), _body(b"".join(answer), more=False)]
            for chunk in answer:
                for message in (*self._taken_start(), _body(chunk, more=True)):
                    self._say(message)
            return [*self._taken_start(), _body(b"", more=False)]
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        self._start = {
            "type": "http.response.start",
            "status": int(status.partition(" ")[0]),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
        }
        return lambda chunk: None

    def _taken_start(self) -> list[Message]:
        start, self._start = self._start, None
        return [start] if start is not None else []

    def _say(self, message: Message) -> None:
        asyncio.run_coroutine_threadsafe(_sent(self._send, message), self._loop).result()


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of a request that is all there."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        RAW_NAMES: [name.decode("latin-1") for name, _ in scope["headers"]],
    }
    environ.update(_header_variables(scope["headers"]))
    # What was sent in chunks has no length of its own, and all of it is here.
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _header_variables(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        variable = name.decode("latin-1").upper().replace("-", "_")
        if variable not in ("CONTENT_TYPE", "CONTENT_LENGTH", "TRANSFER_ENCODING"):
            variable = f"HTTP_{variable}"
        found[variable].append(value.decode("latin-1"))
    found.pop("TRANSFER_ENCODING", None)
    return {
        name: ("; " if name == "HTTP_COOKIE" else ",").join(values)
        for name, values in found.items()
    }


def _body(content: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def _sent(send: Send, message: Message) -> None:
    await send(message)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
