"""Sockets of every kind outside of the jail that nobody inside may ever reach."""

import os
import select
import socket
import time
from contextlib import ExitStack
from pathlib import Path


class Listeners:
    """Everything that listens around a range. Who was reached is found out without a thread."""

    def __init__(self, folder: Path) -> None:
        self.abstract = f"plunder-{os.getpid()}-{time.monotonic_ns()}"
        self._stack = ExitStack()
        self._sockets: list[socket.socket] = []
        self.port = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", self.port))
        self.port6 = 0
        if _has_ipv6():
            self.port6 = self._listen(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
            self._listen(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", self.port6))
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + self.abstract)
        self._listen(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + self.abstract)
        for name, kind in (("socket", socket.SOCK_STREAM), ("datagrams", socket.SOCK_DGRAM)):
            self._listen(socket.AF_UNIX, kind, str(folder / name))
            (folder / name).chmod(0o777)

    def _listen(self, family: int, kind: int, address: object) -> int:
        opened = self._stack.enter_context(socket.socket(family, kind))
        opened.bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            opened.listen()
        self._sockets.append(opened)
        return int(opened.getsockname()[1]) if family != socket.AF_UNIX else 0

    def find_reached(self) -> list[str]:
        """Return the names of those that were reached since the last look."""
        # The kernel queues connections and datagrams, so nothing is missed meanwhile.
        reached, _, _ = select.select(self._sockets, [], [], 0)
        for opened in reached:
            if opened.type == socket.SOCK_STREAM:
                opened.accept()[0].close()
            else:
                opened.recv(1)
        return [f"{opened.family.name} {opened.getsockname()}" for opened in reached]

    def close(self) -> None:
        """Stop listening."""
        self._stack.close()


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
