"""A Redis of the tests' own, which may be killed and emptied, and the live process beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import redis
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from signalhub.embedded.valkey import find_program
from streams.relay_process import run_relay
from tests.flows.processes import wait_until
from tests.process_tree import end_process

ROOT = Path(settings.BASE_DIR)
SETTINGS = "signalhub.settings.test"
QUIETLY = ("--log-level", "warning")


@dataclass
class OwnRedis:
    """One server without a disk: killed, it has forgotten everything."""

    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(find_program()),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, what="the tests' own Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self) -> redis.Redis:
        retry = Retry(NoBackoff(), 0)
        return redis.Redis.from_url(self.url, decode_responses=True, retry=retry)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """Run a Redis for the length of a block."""
    server = OwnRedis(free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def live_process(
    directory: Path,
    redis_url: str,
    settings_module: str = SETTINGS,
    options: tuple[str, ...] = QUIETLY,
) -> Iterator[LiveProcess]:
    """Run the process that serves WebSockets, on the test's database."""
    live = LiveProcess(directory, redis_url, settings_module, options)
    live.start()
    try:
        yield live
    finally:
        live.stop()


@dataclass
class LiveProcess:
    """The live process as it runs in production."""

    directory: Path
    redis_url: str
    settings_module: str = SETTINGS
    options: tuple[str, ...] = QUIETLY
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"

    def start(self) -> None:
        with self._log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "signalhub.serving",
                    "live",
                    "--port",
                    str(self.port),
                    *self.options,
                ],
                cwd=ROOT,
                env=environment(self.redis_url, self.settings_module),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, what="the live process", log=self.log)

    def stop(self) -> None:
        end_process(self.process)

    def log(self) -> str:
        return self._log_path.read_text()

    @property
    def memory_mb(self) -> float:
        """Return what the process has in memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (resident,) = [line for line in lines if line.startswith("VmRSS:")]
        return int(resident.split()[1]) / 1024

    @property
    def _log_path(self) -> Path:
        return self.directory / "live.log"

    def _answers(self) -> bool:
        try:
            httpx.get(f"http://127.0.0.1:{self.port}/health/live")
        except httpx.TransportError:
            return False
        return True


@contextmanager
def relay_process(redis_url: str, log_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the relay as a process of its own, which may be killed."""
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_relay"],
            cwd=ROOT,
            env=environment(redis_url),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def relay_thread() -> Iterator[None]:
    """Run the relay in this process, which starts at once."""
    stop = threading.Event()
    thread = threading.Thread(target=run_relay, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def environment(redis_url: str, settings_module: str = SETTINGS) -> dict[str, str]:
    """Return the environment of a process on the test's database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings_module,
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
    }


def database_url() -> str:
    """Return the address of the test's database."""
    given = connection.settings_dict
    user, password = (quote(str(given[name]), safe="") for name in ("USER", "PASSWORD"))
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
