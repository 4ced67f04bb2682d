"""The outermost wall of the live process: so many requests at once, and 503 for one more.

Without it every request more would be a thread more and a database connection more, and all of
them slow. What is turned away is answered at once and can be sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from common.in_flight import ServerBusy, place_for
from signalhub.serving.wsgi_pool import Receive, Scope, Send, refuse


class BoundedAsgi:
    """Pass requests on while there are places."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            with place_for(scope["path"]):
                await self._application(scope, receive, send)
        except ServerBusy as error:
            await refuse(send, error)
