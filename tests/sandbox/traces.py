"""What runs may leave in the machine besides files: processes, shared memory, signals."""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from execution.sandbox.jail import NOBODY

_PR_SET_CHILD_SUBREAPER = 36
_IPC_RMID = 0
_STAT_BYTES = 4096
_MESSAGES_NOT_SENT_BY_ANYBODY_ELSE = (signal.SIGUSR1, signal.SIGUSR2)
_libc = ctypes.CDLL(None, use_errno=True)


def process_table() -> dict[int, tuple[int, str]]:
    """Return the parent and the state of every process."""
    table = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                after_name = _read(f"/proc/{entry}/stat").rpartition(b")")[2]
                state, parent = after_name.split(None, 2)[:2]
                table[int(entry)] = (int(parent), state.decode())
    return table


def _read(path: str) -> bytes:
    # Twice for each of thousands of attacks, and each time for every process of the machine.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _STAT_BYTES)
    finally:
        os.close(descriptor)


def descendants(ancestor: int) -> set[int]:
    """Return every process that was started, however indirectly, by another."""
    children: dict[int, list[int]] = {}
    for process, (parent, _state) in process_table().items():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = [ancestor]
    while waiting:
        new = children.get(waiting.pop(), [])
        found.update(new)
        waiting += new
    return found


def number_inside(process: int) -> int:
    """Return the number by which a process is known in its own namespace."""
    status = Path("/proc", str(process), "status").read_text()
    numbers = next(line for line in status.splitlines() if line.startswith("NSpid:"))
    return int(numbers.split()[-1])


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """Become the parent of processes whose own parents are gone, so that none escapes notice."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def end_processes(processes: set[int]) -> None:
    """Kill processes, and bury those that are our own children."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for process in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, 0)


class Bystander:
    """A process of the guests' own user that has nothing to do with the sandbox."""

    def __init__(self, *, word: str) -> None:
        self._word = word
        self._start()

    def _start(self) -> None:
        is_root = os.geteuid() == 0
        self._process = subprocess.Popen(
            ["sleep", "infinity"],
            env={**os.environ, "BYSTANDER": f"{self._word}-BYSTANDER"},
            user=NOBODY if is_root else None,
            group=NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def find_harm(self) -> Iterator[str]:
        """Say what happened to it, and start another."""
        if self._process.poll() is None and process_table()[self.pid][1] == "S":
            return
        yield "another process was stopped"
        self.close()
        self._start()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class Signals:
    """Signals to this process that nobody but an attack sends."""

    def __init__(self) -> None:
        self._received: list[str] = []
        self._before = {}
        # Only the main thread may ask for signals; elsewhere they would end the tests.
        if threading.current_thread() is threading.main_thread():
            for number in _MESSAGES_NOT_SENT_BY_ANYBODY_ELSE:
                self._before[number] = signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(signal.Signals(number).name)

    def take(self) -> list[str]:
        """Return what was received since the last look."""
        received, self._received = self._received, []
        return received

    def close(self) -> None:
        """Leave signals to whoever had them before."""
        for number, before in self._before.items():
            signal.signal(number, before)


def _is_alive(process: str) -> bool:
    return bool(process) and Path("/proc", process).exists()


@contextlib.contextmanager
def sharing_the_machine(*, alone: bool) -> Iterator[None]:
    """Keep a shot that may leave something in the machine apart from those that look for it.

    System V objects do not tell whose they are, and tests run side by side.
    """
    path = Path(tempfile.gettempdir(), f"signalhub-shots-{os.geteuid()}.lock")
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


class SharedMemory:
    """The machine's System V objects, as far as they could be an attack's."""

    def __init__(self) -> None:
        # Servers beside the tests have such objects too, as other users or for as long as they run.
        self._user = NOBODY if os.geteuid() == 0 else os.geteuid()
        self._before = set(self._look())

    def _look(self) -> Iterator[tuple[str, int]]:
        for kind in ("msg", "sem", "shm"):
            heading, *rows = Path("/proc/sysvipc", kind).read_text().splitlines()
            names = heading.split()
            for row in rows:
                fields = dict(zip(names, row.split(), strict=False))
                if int(fields["uid"]) == self._user and not _is_alive(fields.get("cpid", "")):
                    yield kind, int(row.split()[1])

    def find_new(self) -> Iterator[str]:
        """Name what is new since the last look, and remove it."""
        for kind, identity in set(self._look()) - self._before:
            if kind == "sem":
                _libc.semctl(identity, 0, _IPC_RMID)
            else:
                getattr(_libc, f"{kind}ctl")(identity, _IPC_RMID, None)
            yield f"{kind} {identity}"
