"""Servers in processes of their own, for benchmarks that measure what they cost."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection


@contextmanager
def serving(
    command: Sequence[str], port: int, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for the length of a block, from when its port answers."""
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(), "DATABASE_SCOPE": "", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait()


def cpu_seconds_of(pid: int) -> float:
    """Return how long a process has been on a processor, with all its threads."""
    # Linux numbers the clock of another process's processor time so; psutil counts hundredths.
    return time.clock_gettime(~pid << 3 | 2)


def resident_kilobytes_of(pid: int) -> int:
    """Return how much memory of its own a process has."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise AssertionError(f"Nothing is known of the memory of process {pid}.")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """Return the address of this process's database."""
    given = connection.settings_dict
    user, password = (quote(str(given[name]), safe="") for name in ("USER", "PASSWORD"))
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("A server of the benchmark did not start.")
