"""What probes are told to reach for: things outside of the jail that stand open to everybody."""

import ctypes
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from execution.sandbox.guest_room import PROBE_MEMORY_BYTES, PROBE_PROCESSES
from execution.sandbox.jail import ENVIRONMENT
from execution.sandbox.jail_protocol import GUEST_DESCRIPTOR
from execution.sandbox.limits import SandboxLimits

Bait = dict[str, Any]

_SLEEPER_SECONDS = 3.0
_EVERYBODY_READS_AND_WRITES = 0o666
_IPC_CREATE = 0o1000
_IPC_REMOVE = 0
_SHARED_MEMORY_BYTES = 4096
_USUAL_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/mnt")


@contextmanager
def set_out(limits: SandboxLimits) -> Iterator[Bait]:
    """Put a file, a folder, sockets and memory outside, and say where they are."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-probe-")))
        # Everybody may write here, if it were not for the walls.
        folder.chmod(0o1777)
        outside = folder / "outside.txt"
        outside.write_text("a guest must not see this")
        outside.chmod(0o644)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract = f"sandbox-probe-{os.getpid()}-{time.monotonic_ns()}"
        local.bind("\0" + abstract)
        local.listen()
        yield {
            "outside_file": str(outside),
            "folders": [str(folder), *_USUAL_FOLDERS],
            "port": listener.getsockname()[1],
            "abstract": abstract,
            "shared_memory_key": stack.enter_context(_shared_memory()),
            "host_name": os.uname().nodename,
            "mounts": _mounts(),
            "descriptor": GUEST_DESCRIPTOR,
            "cpu_seconds": limits.cpu_seconds,
            "sleep_seconds": _SLEEPER_SECONDS,
            "memory_bytes": 2 * limits.memory_bytes,
            "group_memory_bytes": PROBE_MEMORY_BYTES,
            "group_processes": PROBE_PROCESSES,
            # bwrap itself tells its program the working directory.
            "environment": sorted(set(os.environ) - set(ENVIRONMENT) - {"PWD"}),
        }


@contextmanager
def _shared_memory() -> Iterator[int]:
    libc = ctypes.CDLL(None, use_errno=True)
    key = secrets.randbelow(2**31 - 1) + 1
    segment = libc.shmget(key, _SHARED_MEMORY_BYTES, _IPC_CREATE | _EVERYBODY_READS_AND_WRITES)
    try:
        yield key
    finally:
        if segment >= 0:
            libc.shmctl(segment, _IPC_REMOVE, None)


def _mounts() -> list[int]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [int(line.split(" ", 1)[0]) for line in lines]
