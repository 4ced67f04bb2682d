"""What runs on this machine, and who started it: for tests that kill, and count what is left."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Seen:
    """A process; its start, in ticks since the machine's, tells it from a later one of its id."""

    started: int
    pid: int

    @property
    def is_alive(self) -> bool:
        return self in processes().values()


def processes() -> dict[int, Seen]:
    """Return the living processes of this machine, by id."""
    found: dict[int, Seen] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (stat := _stat_of(int(folder.name))):
            found[int(folder.name)] = Seen(int(stat[19]), int(folder.name))
    return found


def children(pid: int) -> list[Seen]:
    """Return what a process started and what still lives, in order."""
    return sorted(
        seen
        for seen in processes().values()
        if (stat := _stat_of(seen.pid)) and int(stat[1]) == pid
    )


def descendants(pid: int) -> Iterator[Seen]:
    """Return what a process started, what that started, and so on."""
    for child in children(pid):
        yield child
        yield from descendants(child.pid)


def _stat_of(pid: int) -> list[str] | None:
    # From its state on; the name before it may hold anything. Who has ended waits to be noticed.
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
