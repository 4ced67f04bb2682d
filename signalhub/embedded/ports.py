"""Which TCP ports on this machine the servers take: free ones, and the same again next time."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from pathlib import Path

from signalhub.embedded.problems import SetupProblem

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 200


class NoFreePort(SetupProblem):
    """Every port that was tried is taken."""


def is_free(port: int, *, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen on a port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that lingers after its server ended does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def first_free_port(preferred: int, *, excluding: Iterable[int] = ()) -> int:
    """Return the first free port from ``preferred`` upwards."""
    excluded = frozenset(excluding)
    for port in range(preferred, min(preferred + PORTS_TRIED, 65536)):
        if port not in excluded and is_free(port):
            return port
    raise NoFreePort(f"no port from {preferred} to {preferred + PORTS_TRIED - 1} is free")


class PortBook:
    """The ports of one installation, remembered in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def take(self, name: str, *, preferred: int) -> int:
        """Return the port a server had last time if it is free, else the next free one."""
        others = {port for other, port in self._ports.items() if other != name}
        wanted = self._ports.get(name, preferred)
        if wanted in others or not is_free(wanted):
            wanted = first_free_port(preferred, excluding=others | {wanted})
        self._ports[name] = wanted
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._ports, indent=2) + "\n")
        return wanted
