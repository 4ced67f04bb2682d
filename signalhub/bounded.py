"""The outermost wall of a web process: so many requests at once, and 503 for one more.

Without it every request more would be a thread more and a database connection more, and all of
them slow. What is turned away is answered at once and can be sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from common.in_flight import ServerBusy, busy_reply, place_for
from common.request_ids import HEADER as REQUEST_ID
from common.request_ids import request_id_of

AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BoundedAsgi:
    """Pass requests on while there are places."""

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            with place_for(str(scope.get("path", ""))):
                await self._application(scope, receive, send)
        except ServerBusy:
            given = dict(scope.get("headers", ())).get(REQUEST_ID.lower().encode())
            await _turn_away(send, given.decode("latin-1") if given is not None else None)


class BoundedWsgi:
    """Pass requests on while there are places; one is held until the answer is sent."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
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
