"""Which pages may open a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlparse

from channels.security.websocket import OriginValidator
from django.conf import settings

Message = MutableMapping[str, Any]
POLICY_VIOLATION = 1008  # before the socket is accepted the server says 403


class KnownOrigins(OriginValidator):  # type: ignore[misc]
    """Refuse browsers on other sites' pages.

    A browser always says which page it is on, and lends that page the visitor's session. A program
    says nothing of the kind and has nothing to lend: it comes in with a key or a ticket.
    """

    def __init__(self, application: Any) -> None:
        super().__init__(application, settings.ALLOWED_HOSTS)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Pass a socket on, or refuse it: also while nothing that sockets need is there."""
        if all(self._is_known(value) for name, value in scope["headers"] if name == b"origin"):
            await self.application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    def _is_known(self, origin: bytes) -> bool:
        try:
            return bool(self.validate_origin(urlparse(origin.decode("latin-1"))))
        except ValueError:  # an address that is none
            return False
