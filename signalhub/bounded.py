"""The outermost wall of a web process: so many requests at once, and 503 for one more.

Without it every request more would be a thread more and a database connection more, and all of
them slow. What is turned away is answered at once and can be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from common.in_flight import ServerBusy, busy_reply, place_for, share
from common.request_ids import HEADER as REQUEST_ID
from common.request_ids import request_id_of
from execution.services import rooms
from signalhub.file_bodies import (
    body_on_disk,
    place_for_file,
    said_again,
    takes_file,
    without_body,
)
from signalhub.file_senders import sender_of_file
from streams.threads import in_thread

AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
_sender_of_file = in_thread(sender_of_file)
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BoundedAsgi:
    """Pass requests on while there are places.

    A place is for a request that is all there: one that comes in slowly would hold it for as long
    as its sender likes. How long a body may be and take is the server's to decide.
    """

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if rooms.is_due():
            # Beside the request: nobody waits for Redis here.
            asyncio.get_running_loop().run_in_executor(None, rooms.publish, share())
        try:
            if takes_file(scope["path"]):
                await self._take_file(scope, receive, send)
                return
            body = await whole_body(receive)
            if body is None:
                return
            with place_for(scope["path"]):
                await self._application(scope, _again(body, receive), send)
        except ServerBusy:
            given = dict(scope.get("headers", ())).get(REQUEST_ID.lower().encode())
            await _turn_away(send, given.decode("latin-1") if given is not None else None)

    async def _take_file(self, scope: Any, receive: Any, send: Any) -> None:
        sender = await _sender_of_file(scope) if scope["method"] == "POST" else None
        if sender is None:
            with place_for(scope["path"]):  # it is refused, or brings no file
                await self._application(scope, without_body(receive), send)
            return
        with place_for_file(sender):
            file = await body_on_disk(receive)
            if file is None:
                return
            with file, place_for(scope["path"]):
                await self._application(scope, said_again(file, receive), send)


class BoundedWsgi:
    """Pass requests on while there are places; one is held until the answer is sent."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if rooms.is_due():
            rooms.publish(share())
        held = ExitStack()
        try:
            held.enter_context(place_for(environ.get("PATH_INFO", "")))
        except ServerBusy:
            headers, content = busy_reply()
            name = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
            headers = [*headers, (REQUEST_ID, name)]
            start_response("503 Service Unavailable", headers)
            return [content]
        try:
            return _Answer(self._application(environ, start_response), held)
        except BaseException:
            held.close()
            raise


class _Answer:
    def __init__(self, parts: Iterable[bytes], held: ExitStack) -> None:
        self._parts = parts
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        with self._held:
            if hasattr(self._parts, "close"):
                self._parts.close()


async def whole_body(receive: Any) -> bytes | None:
    """Return a request's body, or None when its sender went away before the end of it."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _again(body: bytes, receive: Any) -> Any:
    """Return a ``receive`` that says a body at once, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def say() -> Any:
        return waiting.pop() if waiting else await receive()

    return say


async def _turn_away(send: Any, given: str | None) -> None:
    headers, content = busy_reply()
    headers = [*headers, (REQUEST_ID, request_id_of(given))]
    await send(
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": content})
