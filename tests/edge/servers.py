"""Our servers as they are shipped, with short limits, and a client that speaks bytes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from django.conf import settings

from tests.flows.processes import wait_until
from tests.process_tree import end_process
from tests.streams.servers import environment, free_port

HEAD_SECONDS, BODY_SECONDS = 1.0, 1.0
PATIENCE_SECONDS = 10.0
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")
ALIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """Everything that a server said on one connection, and whether it then closed it."""

    said: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in STATUS_LINE.findall(self.said)]


@dataclass
class Server:
    """One process of ours."""

    process_name: str
    log_path: Path
    extra: dict[str, str] = field(default_factory=dict)
    host: str = "localhost"
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "signalhub.serving", self.process_name),
                    *("--port", str(self.port), "--log-level", "warning"),
                ],
                cwd=settings.BASE_DIR,
                env={
                    **environment(settings.REDIS_URL),
                    "HTTP_HEAD_SECONDS": str(HEAD_SECONDS),
                    "HTTP_BODY_SECONDS": str(BODY_SECONDS),
                    "HTTP_THREADS": "2",
                    **self.extra,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self.is_alive, what=self.process_name, log=self.log_path.read_text)

    def stop(self) -> None:
        end_process(self.process)

    def is_alive(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/health/live"
            return httpx.get(url, headers={"Host": self.host}).status_code == 200
        except httpx.TransportError:
            return False

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def ask(self, *pieces: bytes) -> Answer:
        """Send bytes, piece by piece, and read until the server closes or says no more."""
        with self.connect() as connection:
            for piece in pieces:
                # It may have seen enough before the end.
                with suppress(ConnectionError):
                    connection.sendall(piece)
            return read_all(connection)


def read_all(connection: socket.socket) -> Answer:
    """Read until the other end closes."""
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except TimeoutError:
        return Answer(said, closed=False)
    except ConnectionError:
        pass
    return Answer(said, closed=True)


@contextmanager
def running(
    process_name: str, directory: Path, *, host: str = "localhost", **extra: str
) -> Iterator[Server]:
    """Run a server for the length of a block."""
    server = Server(process_name, directory / f"{process_name}.log", extra, host)
    server.start()
    try:
        yield server
    finally:
        server.stop()
