"""uvicorn's WebSockets, with a way to write a frame that is the same for a thousand readers.

The usual way from an application to a socket passes several coroutines and frames the text anew
for each of them. Whoever has a frame finished asks for ``scope["direct_socket"]``. Frames are not
compressed: that would be work for every socket, and keep some 20 kB for each.
"""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class DirectSocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger.addFilter(without_query)  # uvicorn's own, so it is there once

    def handle_connect(self, event: Request) -> None:
        # The application begins in a task that is made in here and runs later.
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["direct_socket"] = self  # type: ignore[typeddict-unknown-key]

    def has_room(self) -> bool:
        """Tell whether a frame can be written now, after all that was said before."""
        return (
            self.handshake_complete
            and self.writable.is_set()
            and not (self.close_sent or self.disconnected or self.transport.is_closing())
        )

    def write(self, wire: bytes) -> None:
        """Write one finished, unmasked and uncompressed frame."""
        self.transport.write(wire)


def without_query(record: logging.LogRecord) -> bool:
    """Take the query out of the address of a socket: a client may have written its key there."""
    if '"WebSocket %s"' in str(record.msg) and isinstance(record.args, tuple):
        client, address, *rest = record.args
        record.args = (client, str(address).partition("?")[0], *rest)
    return True
