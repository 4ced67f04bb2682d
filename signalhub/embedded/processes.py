"""Starting and ending one child process, with all that it started itself."""

from __future__ import annotations

import enum
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from signalhub.embedded.identity import ProcessIdentity
from signalhub.embedded.problems import SetupProblem, last_lines

LAUNCHER = Path(__file__).with_name("launch.py")
LOOK_AGAIN_SECONDS = 0.02
RECENT_LOG_BYTES = 16_384


class RunAs(enum.StrEnum):
    """Whose rights a child has."""

    SAME_USER = "root"
    USER_NAMESPACE = "namespace"
    NOBODY = "nobody"


class ProcessEnded(SetupProblem):
    """A process ended before it was ready."""


class NotReadyInTime(SetupProblem):
    """A process did not answer in time."""


@dataclass(frozen=True)
class Program:
    """What to run, and how to end it."""

    name: str
    command: tuple[str, ...]
    log_path: Path
    environment: Mapping[str, str] = field(repr=False)
    working_directory: Path
    run_as: RunAs = RunAs.SAME_USER
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0


def launched(
    command: tuple[str, ...],
    *,
    run_as: RunAs = RunAs.SAME_USER,
    death_signal: signal.Signals = signal.SIGTERM,
) -> list[str]:
    """Return the command line that starts a program as a child which ends with this process."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return [*launcher, str(os.getpid()), str(int(death_signal)), str(run_as), *command]


class ManagedProcess:
    """A running program that this process started in a session of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        program.log_path.parent.mkdir(parents=True, exist_ok=True)
        with program.log_path.open("ab") as log:
            self._log_offset = log.tell()
            self._child = subprocess.Popen(
                launched(program.command, run_as=program.run_as, death_signal=program.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.working_directory,
                env=dict(program.environment),
                start_new_session=True,
            )
        self.identity = ProcessIdentity.of(self._child.pid)

    @property
    def name(self) -> str:
        """Name the program."""
        return self.program.name

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._child.pid

    def has_ended(self) -> bool:
        """Return whether the process ended, leaving it to be collected by :meth:`stop`."""
        if self._child.returncode is not None:
            return True
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._child.pid, flags) is not None

    def ask_to_stop(self) -> None:
        """Send the signal that ends the process in an orderly way."""
        if not self.has_ended():
            os.kill(self._child.pid, self.program.stop_signal)

    def stop(self) -> int:
        """End the process and what is left of its group; return its exit status."""
        if self._child.returncode is not None:
            return self._child.returncode
        self.ask_to_stop()
        self._wait_until_ended(self.program.stop_seconds)
        # The leader is collected last: until then nobody else can be given its group's number.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        return self._child.wait()

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once the program answers; raise when it ends before or takes too long."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.has_ended():
                raise ProcessEnded(f"{self.name} ended while starting:\n{self.recent_log()}")
            if time.monotonic() > deadline:
                raise NotReadyInTime(
                    f"{self.name} did not answer within {seconds:.0f} s:\n{self.recent_log()}"
                )
            time.sleep(LOOK_AGAIN_SECONDS)

    def recent_log(self) -> str:
        """Return the end of what the program wrote since this start."""
        with self.program.log_path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_offset, end - RECENT_LOG_BYTES))
            return last_lines(log.read().decode(errors="replace"))

    def _wait_until_ended(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN_SECONDS)


def stop_together(processes: Sequence[ManagedProcess]) -> None:
    """Ask processes to end, the one started last first, and wait for all of them."""
    for process in reversed(processes):
        process.ask_to_stop()
    for process in reversed(processes):
        process.stop()
