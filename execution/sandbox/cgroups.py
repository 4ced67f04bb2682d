"""Control groups: one around a zygote and all its guests, and small ones for the probes.

A group is found in one of three states: cgroup v2 (delegated to this process, or its root), cgroup
v1 (the memory and pids hierarchies), or none, with a sentence that says why. The sums that a group
is limited to leave room for every guest's own limit, so that no guest is the victim of another.
"""

import contextlib
import itertools
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from execution.sandbox.cgroup_places import NoControlGroups, Place, find_place

logger = logging.getLogger(__name__)

_PREFIX = "signalhub-sandbox"
_EMPTY_SECONDS = 2.0
_EMPTY_POLL_SECONDS = 0.005
_count = itertools.count()


@dataclass(frozen=True, kw_only=True)
class _Files:
    """What the files of one version of control groups are called."""

    memory: str
    memory_usage: str
    swap: str
    # Version 1 limits memory and swap together.
    swap_includes_memory: bool
    # The file that counts what was killed for memory.
    memory_events: str


_FILES = {
    1: _Files(
        memory="memory.limit_in_bytes",
        memory_usage="memory.usage_in_bytes",
        swap="memory.memsw.limit_in_bytes",
        swap_includes_memory=True,
        memory_events="memory.oom_control",
    ),
    2: _Files(
        memory="memory.max",
        memory_usage="memory.current",
        swap="memory.swap.max",
        swap_includes_memory=False,
        memory_events="memory.events",
    ),
}


class ControlGroup:
    """A group of processes whose memory, swap and number are limited together."""

    def __init__(self, place: Place, name: str) -> None:
        self._files = _FILES[place.version]
        self.place = place.inside(name)
        self._memory_bytes = 0
        for folder in self.place.folders:
            folder.mkdir()

    def add(self, pid: int) -> None:
        """Move a process into the group; what it starts from now on is in it as well."""
        for folder in self.place.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def make_child(self, name: str) -> "ControlGroup":
        """Return a new group beside this one, of the same kind and without limits."""
        return ControlGroup(self.place.outside(), f"{self.place.pids.name}-{name}")

    def limit_memory(self, amount_bytes: int, *, forbid_swap: bool = True) -> None:
        """Limit the memory of all the group's processes together."""
        writes = [(self._files.memory, amount_bytes)]
        if forbid_swap and (self.place.memory / self._files.swap).exists():
            writes.append((self._files.swap, amount_bytes if self._is_v1 else 0))
        # In version 1 the sum with swap may never be the smaller one, not even for a moment.
        if self._is_v1 and amount_bytes > self._memory_bytes > 0:
            writes.reverse()
        for name, value in writes:
            (self.place.memory / name).write_text(str(value))
        self._memory_bytes = amount_bytes

    @property
    def _is_v1(self) -> bool:
        return self._files.swap_includes_memory

    def limit_processes(self, count: int) -> None:
        """Limit how many processes the group may have."""
        (self.place.pids / "pids.max").write_text(str(count))

    @property
    def memory_used_bytes(self) -> int:
        """How much memory the group's processes have been charged for."""
        return int((self.place.memory / self._files.memory_usage).read_text())

    @property
    def killed_for_memory(self) -> int:
        """How many of the group's processes were killed because the group was full."""
        return _counted(self.place.memory / self._files.memory_events, "oom_kill")

    @property
    def refused_processes(self) -> int:
        """How often the group refused a process because it had enough of them."""
        return _counted(self.place.pids / "pids.events", "max")

    @property
    def swap_is_forbidden(self) -> bool:
        """Whether the kernel says that nothing of the group may be swapped out."""
        limit = _number_in(self.place.memory / self._files.swap)
        if self._is_v1:
            return limit is not None and limit == _number_in(self.place.memory / self._files.memory)
        return limit == 0

    def contains(self, pid: int) -> bool:
        """Return whether a process is in the group."""
        return all(
            str(pid) in (folder / "cgroup.procs").read_text().split()
            for folder in self.place.folders
        )

    def remove(self) -> None:
        """Remove the group once its processes are gone; one that stays is swept up later."""
        until = time.monotonic() + _EMPTY_SECONDS
        for folder in self.place.folders:
            while not _try_to_remove(folder):
                if time.monotonic() > until:
                    logger.warning("control_group_stays: %s", folder)
                    break
                time.sleep(_EMPTY_POLL_SECONDS)


def make_group() -> ControlGroup:
    """Return a new group for a zygote and its guests; sweep up what dead sandboxes left.

    Raises
    ------
    NoControlGroups
        This process may not make any, for the reason given.
    """
    place = find_place()
    try:
        for folder in place.folders:
            sweep(folder)
        return ControlGroup(place, f"{_name_of_owner()}-{next(_count)}")
    except OSError as fault:
        raise NoControlGroups(f"{place}: {fault.strerror}") from fault


def sweep(folder: Path) -> list[str]:
    """Remove the groups of sandboxes whose supervisor is gone; return their names."""
    removed = []
    namespace = _pid_namespace()
    for group in folder.glob(f"{_PREFIX}-*"):
        owner = group.name.removeprefix(f"{_PREFIX}-").split("-")
        # A process of another namespace has numbers that mean nothing here.
        if len(owner) < 3 or owner[0] != namespace or _started_at(owner[1]) == owner[2]:
            continue
        if _try_to_remove(group):
            removed.append(group.name)
    return removed


def _name_of_owner() -> str:
    pid = str(os.getpid())
    return f"{_PREFIX}-{_pid_namespace()}-{pid}-{_started_at(pid)}"


def _pid_namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _started_at(pid: str) -> str | None:
    try:
        after_name = Path("/proc", pid, "stat").read_text().rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Numbers of processes come back; a number and its time of start do not.
    return after_name.split()[19]


def _try_to_remove(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _counted(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        words = line.split()
        if words[0] == name:
            return int(words[1])
    return 0


def _number_in(file: Path) -> int | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int(file.read_text())
    return None
