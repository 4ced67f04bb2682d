"""Attempts to reach somebody: over a network, over an abstract socket, with a signal."""

import os
import socket
from typing import Any

from execution.sandbox.probes.outcomes import (
    NOT_PERMITTED,
    PERMISSION,
    Bait,
    Outcome,
    all_held,
    refused,
    refused_with,
)

_DISCARD_PORT = 9


def try_network(bait: Bait) -> Outcome:
    """Try the network of the host: its interfaces, a port, an abstract socket."""
    interfaces = [name for _, name in socket.if_nameindex() if name != "lo"]
    if interfaces:
        return False, f"the guest has the interface {interfaces[0]}"
    return all_held(
        refused(lambda: _connect(socket.AF_INET, ("127.0.0.1", bait["port"])), "TCP"),
        refused(lambda: _connect(socket.AF_UNIX, "\0" + bait["abstract"]), "abstract socket"),
    )


def try_tcp_past_landlock(_: Bait) -> Outcome:
    """Try TCP where nobody listens: only a refusal of permission is Landlock's."""
    address = ("127.0.0.1", _DISCARD_PORT)
    return all_held(
        refused_with(PERMISSION, lambda: _connect(socket.AF_INET, address), "connecting"),
        refused_with(PERMISSION, _listen, "listening"),
    )


def try_scope_past_landlock(_: Bait) -> Outcome:
    """Try what is outside of the guest's own scope: a socket made before, the zygote."""
    return all_held(
        refused_with(NOT_PERMITTED, _connect_to_bait, "an abstract socket outside"),
        refused_with(NOT_PERMITTED, lambda: os.kill(os.getppid(), 0), "a signal to the zygote"),
    )


def open_bait() -> socket.socket:
    """Listen on an abstract socket, before the guest that will try it is locked down."""
    bait = socket.socket(socket.AF_UNIX)
    bait.bind(_bait_address())
    bait.listen()
    return bait


def _bait_address() -> str:
    return f"\0sandbox-bait-{os.getpid()}"


def _connect_to_bait() -> None:
    _connect(socket.AF_UNIX, _bait_address())


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as connection:
        connection.settimeout(1)
        connection.connect(address)


def _listen() -> None:
    with socket.socket(socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
