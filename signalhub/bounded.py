"""The outermost wall of a web process: so many requests at once, and 503 for one more.

Without it every request more would be a thread more and a database connection more, and all of
them slow. What is turned away is answered at once and can be sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from common.in_flight import ServerBusy, busy_reply, place_for

AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BoundedAsgi:
    """Pass requests on while there are places."""

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        try:
            with place_for(str(scope.get("path", ""))):
                await self._application(scope, receive, send)
        except ServerBusy:
            await _turn_away(send)


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


async def _turn_away(send: Any) -> None:
    headers, content = busy_reply()
    await send(
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": content})
