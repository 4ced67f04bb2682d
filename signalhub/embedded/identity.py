"""Which process is meant: a number alone may belong to somebody else by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
BOOT_ID = PROC / "sys/kernel/random/boot_id"
INSTALLATION_VARIABLE = "SIGNALHUB_INSTALLATION"


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, never to be confused with a later one of the same number."""

    pid: int
    started_ticks: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """Return the identity of the process that has this number now."""
        _, started_ticks = _state_and_start(pid)
        return cls(pid=pid, started_ticks=started_ticks, boot_id=BOOT_ID.read_text().strip())

    def is_running(self) -> bool:
        """Return whether this very process still runs, not only waits to be collected."""
        try:
            state, started_ticks = _state_and_start(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return False
        same_boot = BOOT_ID.read_text().strip() == self.boot_id
        return same_boot and started_ticks == self.started_ticks and state not in "ZX"


def processes_of_installation(installation: str) -> Iterator[ProcessIdentity]:
    """Yield every running process whose environment carries the mark of an installation."""
    mark = f"{INSTALLATION_VARIABLE}={installation}".encode()
    for folder in PROC.glob("[0-9]*"):
        try:
            if mark not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            identity = ProcessIdentity.of(int(folder.name))
        except OSError:
            continue  # It ended meanwhile, or belongs to another user.
        if identity.is_running():
            yield identity


def _state_and_start(pid: int) -> tuple[str, int]:
    # The second field is the program's name in parentheses and may itself hold any of them.
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return fields[0], int(fields[19])
