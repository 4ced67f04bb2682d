"""The platform's real processes, against the test's database, started and stopped by a test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

from execution.services import isolation
from tests.process_tree import descendants

ROOT = Path(settings.BASE_DIR)
WAIT_SECONDS = 40.0


@dataclass
class Platform:
    """The processes of one test, by name."""

    directory: Path
    port: int = field(default_factory=lambda: _free_port())
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"

    def start(self, *names: str) -> None:
        """Start processes by name."""
        for name in names:
            log = (self.directory / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                self._command(name),
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            log.close()
        if "live" in names:
            wait_until(self._answers, what="the live process to answer", log=self.log_of("live"))

    def kill(self, name: str) -> None:
        """Kill a process and all it started, as a crash would."""
        process = self.processes.pop(name)
        # A worker's cluster has a process group of its own.
        for child in [*descendants(process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End every process, kindly first."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        # What its workers said of their walls would be believed for minutes.
        for name in isolation.known_reports():
            isolation.forget_report(name)

    def log_of(self, name: str) -> Callable[[], str]:
        """Return a function that reads the end of a process's log."""
        return lambda: (self.directory / f"{name}.log").read_text()[-4000:]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def _command(self, name: str) -> list[str]:
        if name == "live":
            return [
                *(sys.executable, "-m", "signalhub.serving", "live"),
                *("--port", str(self.port), "--log-level", "warning"),
            ]
        return [sys.executable, "manage.py", f"run_{name}"]

    def environment(self) -> dict[str, str]:
        """Return the environment in which another process sees this test's servers."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "signalhub.settings.test",
            "DATABASE_URL": _database_url(),
            "S3_BUCKET": settings.S3_BUCKET,
            "SCRIPT_CACHE_DIR": str(self.directory / "script-cache"),
            "WORKERS": "1",
            "PLATFORM_HOUSE": "harbour",  # as in the demo
        }


@contextmanager
def running(directory: Path, *names: str) -> Iterator[Platform]:
    """Run processes for the length of a block."""
    platform = Platform(directory)
    try:
        platform.start(*names)
        yield platform
    finally:
        platform.stop()


def wait_until(
    is_true: Callable[[], bool],
    *,
    what: str,
    seconds: float = WAIT_SECONDS,
    log: Callable[[], str] | None = None,
) -> None:
    """Wait for something to become true, and fail with a log if it does not."""
    until = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > until:
            shown = f"\n{log()}" if log else ""
            raise AssertionError(f"Waited {seconds:g} s in vain for {what}.{shown}")
        time.sleep(0.1)


def _database_url() -> str:
    given = connection.settings_dict
    user, password = (quote(str(given[name]), safe="") for name in ("USER", "PASSWORD"))
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
