"""How the proxies of the tests break a connection."""

from __future__ import annotations

import socket
import struct

# To linger for no time at all is to answer with a reset instead of an end.
NO_TIME = struct.pack("ii", 1, 0)


def close_with_reset(connection: socket.socket) -> None:
    """Close a connection so that its other end sees a reset."""
    end_with_reset(connection)
    connection.close()


def end_with_reset(connection: socket.socket) -> None:
    """Have a connection end with a reset whenever it is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_TIME)
