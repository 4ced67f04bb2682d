"""The supervisor's end of a zygote: start it, have guests forked and killed, stop it."""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from typing import Self

from execution.sandbox.guest_room import GuestRoom
from execution.sandbox.jail import (
    ENVIRONMENT,
    NOBODY,
    BubblewrapMissing,
    jail_command,
    uses_bubblewrap,
)
from execution.sandbox.jail_protocol import EXIT, ORDER, Flag, Operation, ZygoteConfig
from execution.sandbox.layers import Profile, SandboxUnavailable
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.seccomp import system_call_program

_START_SECONDS = 60.0
_ANSWER_SECONDS = 60.0
_LARGEST_MESSAGE = 1 << 20
CREDENTIALS = struct.Struct("3i")
_STDERR_SHOWN = 2000


class ZygoteDied(Exception):
    """The zygote is gone, and with it every guest."""


@dataclass(frozen=True, kw_only=True)
class GuestExit:
    """How a guest ended and what it had used, as the kernel told the zygote."""

    status: int
    cpu_ms: float
    memory_mb: float
    page_faults: int

    @property
    def signal(self) -> int:
        """The number of the signal that ended the guest, or 0."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0

    @property
    def code(self) -> int:
        """The exit status, or -1 when a signal ended the guest."""
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else -1

    def __str__(self) -> str:
        return signal.Signals(self.signal).name if self.signal else f"exit {self.code}"


@dataclass(kw_only=True)
class GuestProcess:
    """One forked guest: the socket to it, and the pipe on which its end is reported."""

    zygote: "ZygoteProcess"
    run: int
    connection: socket.socket
    exit_pipe: int
    # What of the sandbox's room this guest takes.
    share: int
    received: bytearray = field(default_factory=bytearray)

    def wait(self, seconds: float) -> GuestExit | None:
        """Return how the guest ended, or None when it has not within so many seconds.

        Raises
        ------
        ZygoteDied
            There is nobody left to tell.
        """
        poll = select.poll()
        poll.register(self.exit_pipe, select.POLLIN)
        if not poll.poll(max(0.0, seconds) * 1000):
            return None
        record = os.read(self.exit_pipe, EXIT.size)
        if len(record) != EXIT.size:
            raise ZygoteDied
        status, cpu_microseconds, resident_kib, faults = EXIT.unpack(record)
        return GuestExit(
            status=status,
            cpu_ms=cpu_microseconds / 1000,
            memory_mb=resident_kib / 1024,
            page_faults=faults,
        )

    def has_ended(self) -> bool:
        """Return whether the guest's end, or the zygote's, has been reported."""
        poll = select.poll()
        poll.register(self.exit_pipe, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Let go of a guest."""
        self.connection.close()
        os.close(self.exit_pipe)
        self.zygote.room.release(self.share)


class ZygoteProcess:
    """A running zygote behind the walls of a profile."""

    def __init__(self, profile: Profile, *, turned_off: frozenset[str] = frozenset()) -> None:
        self.profile = profile
        self.turned_off = turned_off
        self.room = GuestRoom(turned_off)
        self._orders = threading.Lock()
        self._runs = 0
        self._is_stopped = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        # Lives as long as the zygote, which writes to it.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            with theirs:
                self._process = self._start(theirs)
        except BaseException:
            self._control.close()
            self._stderr.close()
            self.room.close()
            raise
        try:
            self._settle_in()
        except BaseException:
            self._abandon()
            raise

    def _settle_in(self) -> None:
        # The program that puts up the namespaces first, and then whatever it had started already.
        self.room.add(self._process.pid)
        self.pid = self._wait_until_ready()
        # Without bubblewrap the zygote is the process that was started.
        self._pidfd = os.pidfd_open(self.pid) if self.pid != self._process.pid else None
        self.room.add(self.pid)
        self._mapped_bytes = memory_of(self.pid).mapped_bytes
        self.resident_at_start_bytes = memory_of(self.pid).resident_bytes
        self.room.settle(self.resident_at_start_bytes)

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        try:
            command = jail_command(
                self.profile, descriptor=theirs.fileno(), turned_off=self.turned_off
            )
        except (BubblewrapMissing, ModuleNotFoundError) as fault:
            raise SandboxUnavailable(str(fault)) from fault
        is_clean = "clean_environment" not in self.turned_off
        return subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=ENVIRONMENT if is_clean else {**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            start_new_session=True,
        )

    def _program(self) -> bytes:
        if "seccomp" in self.turned_off:
            return b""
        try:
            return system_call_program(
                forbid_executable_memory="no_executable_memory" not in self.turned_off
            )
        except (ImportError, KeyError, RuntimeError) as fault:
            raise SandboxUnavailable(f"libseccomp is not usable: {fault}") from fault

    def _wait_until_ready(self) -> int:
        config = ZygoteConfig(
            program=self._program(),
            user_id=NOBODY,
            # bubblewrap makes one for everybody but root.
            makes_user_namespace=uses_bubblewrap(self.profile) and os.geteuid() == 0,
            turned_off=self.turned_off,
        )
        with contextlib.suppress(BrokenPipeError):
            self._control.send(config.to_json())
        self._control.settimeout(_START_SECONDS)
        try:
            message, ancillary, _flags, _address = self._control.recvmsg(
                _LARGEST_MESSAGE, socket.CMSG_SPACE(CREDENTIALS.size)
            )
        except (TimeoutError, ConnectionResetError):
            message, ancillary = b"", []
        if not message:
            raise SandboxUnavailable(f"the jail did not start: {self._what_it_said()}")
        # The kernel names the sender; its number is the one outside of the jail.
        _level, _kind, credentials = ancillary[0]
        pid, _user, _group = CREDENTIALS.unpack(credentials)
        return int(pid)

    def _what_it_said(self) -> str:
        self._process.kill()
        self._process.wait()
        self._stderr.seek(0)
        said = self._stderr.read().decode(errors="replace").strip()
        return said[-_STDERR_SHOWN:] or f"exit {self._process.returncode}"

    def spawn(self, limits: SandboxLimits, *, flags: Flag = Flag.NONE) -> GuestProcess:
        """Have a guest forked that waits for its request."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        if flags & Flag.ANNOUNCED:
            # Before the guest is there: what it says earlier than this would have no sender.
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        exit_pipe, exit_report = os.pipe2(os.O_CLOEXEC)
        share = self.room.claim(limits.memory_bytes)
        with self._orders:
            self._runs = (self._runs + 1) % 2**32
            run = self._runs
            memory = self._mapped_bytes + limits.memory_bytes
            # The kernel counts CPU time in whole seconds.
            cpu = max(1, round(limits.cpu_seconds + 0.499))
            order = ORDER.pack(Operation.SPAWN, flags, run, memory, cpu)
            try:
                socket.send_fds(self._control, [order], [theirs.fileno(), exit_report])
            except OSError as fault:
                ours.close()
                os.close(exit_pipe)
                self.room.release(share)
                raise ZygoteDied from fault
            finally:
                theirs.close()
                os.close(exit_report)
        return GuestProcess(zygote=self, run=run, connection=ours, exit_pipe=exit_pipe, share=share)

    def kill(self, guest: GuestProcess) -> None:
        """Have a guest killed; one that has ended already is left alone."""
        if "wall_clock" in self.turned_off:
            return
        with self._orders, contextlib.suppress(OSError):
            self._control.send(ORDER.pack(Operation.KILL, 0, guest.run, 0, 0))

    def measure_fork(self, count: int) -> list[float]:
        """Return how many milliseconds bare forks of the zygote take, waiting included."""
        with self._orders:
            self._control.settimeout(_ANSWER_SECONDS)
            self._control.send(ORDER.pack(Operation.MEASURE_FORK, 0, count, 0, 0))
            taken: list[float] = json.loads(self._control.recv(_LARGEST_MESSAGE))
            return taken

    @property
    def is_alive(self) -> bool:
        """Whether the zygote has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        if self._is_stopped:
            return
        self._is_stopped = True
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
        self._abandon()

    def _abandon(self) -> None:
        self._control.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._stderr.close()
        self.room.close()

    def forget(self) -> None:
        """Let go of a zygote that belongs to the parent of this process."""
        self._control.close()
        self.room.forget()
        # Not ours to wait for; without this, its object would complain about a missing wait.
        self._process.returncode = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, kw_only=True)
class ProcessMemory:
    """How much memory a process has."""

    mapped_bytes: int
    resident_bytes: int


def memory_of(pid: int) -> ProcessMemory:
    """Return how much memory a process has, as the kernel counts it."""
    with open(f"/proc/{pid}/statm") as file:
        mapped, resident, *_ = file.read().split()
    page = os.sysconf("SC_PAGESIZE")
    return ProcessMemory(mapped_bytes=int(mapped) * page, resident_bytes=int(resident) * page)
