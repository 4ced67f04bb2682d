"""The control group around a zygote and its guests, which grows with what its guests may use."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from execution.sandbox.cgroup_places import NoControlGroups
from execution.sandbox.cgroups import ControlGroup, make_group

logger = logging.getLogger(__name__)

_SLACK_BYTES = 64 * 1024 * 1024
# Page tables, pages of the zygote that a guest writes to, and what the kernel keeps of a process.
_OVERHEAD_OF_A_GUEST_BYTES = 8 * 1024 * 1024
# The zygote, its keeper, and guests that were let go of but have not ended yet.
_SPARE_PROCESSES = 32

PROBE_MEMORY_BYTES = 32 * 1024 * 1024
PROBE_PROCESSES = 2


class GuestRoom:
    """Room for a zygote and for as many guests at a time as there have been.

    The limit is the zygote's own memory and, for each guest, its whole limit and all of the
    zygote's memory that it could come to own by writing to it: a guest that uses what it may use
    never costs another its life.
    """

    def __init__(self, turned_off: frozenset[str] = frozenset()) -> None:
        self._turned_off = turned_off
        self._lock = threading.Lock()
        self.group: ControlGroup | None = None
        self._baseline_bytes = 0
        self._inherited_bytes = 0
        self._claimed_bytes = self._guests = 0
        self._largest_bytes = self._most_guests = 0
        # Why there is no group, or where it is.
        self.state = ""
        try:
            self.group = make_group()
            self.state = str(self.group.place.outside())
        except NoControlGroups as reason:
            self.state = str(reason)
            logger.info("sandbox_without_control_group: %s", reason)

    def add(self, pid: int) -> None:
        """Bring a process and what it will start into the room."""
        if self.group is not None:
            try:
                self.group.add(pid)
            except OSError as fault:
                self._give_up(f"{self.state}: {fault.strerror}")

    def settle(self, inherited_bytes: int) -> None:
        """Take what is used now for the zygote's own, and begin to limit.

        Parameters
        ----------
        inherited_bytes
            How much of the zygote's memory a guest could write to.
        """
        if self.group is not None:
            self._baseline_bytes = self.group.memory_used_bytes + _SLACK_BYTES
            self._inherited_bytes = inherited_bytes
            self._limit()

    def claim(self, memory_bytes: int) -> int:
        """Make room for one more guest; return what has to be released after it."""
        share = memory_bytes + self._inherited_bytes + _OVERHEAD_OF_A_GUEST_BYTES
        with self._lock:
            self._claimed_bytes += share
            self._guests += 1
            has_grown = (
                self._claimed_bytes > self._largest_bytes or self._guests > self._most_guests
            )
            if has_grown:
                self._largest_bytes = max(self._largest_bytes, self._claimed_bytes)
                self._most_guests = max(self._most_guests, self._guests)
                self._limit()
        return share

    def release(self, share: int) -> None:
        """Give a guest's room back."""
        with self._lock:
            self._claimed_bytes -= share
            self._guests -= 1

    def _limit(self) -> None:
        if self.group is None:
            return
        try:
            self._limit_group(
                self.group,
                memory_bytes=self._baseline_bytes + self._largest_bytes,
                processes=_SPARE_PROCESSES + self._most_guests,
            )
        except OSError as fault:
            self._give_up(f"{self.state}: {fault.strerror}")

    def _limit_group(self, group: ControlGroup, *, memory_bytes: int, processes: int) -> None:
        if "cgroup_memory" not in self._turned_off:
            group.limit_memory(memory_bytes, forbid_swap="cgroup_swap" not in self._turned_off)
        if "cgroup_processes" not in self._turned_off:
            group.limit_processes(processes)

    def _give_up(self, reason: str) -> None:
        logger.warning("sandbox_lost_its_control_group: %s", reason)
        self.state = reason
        self.close()

    def stands_around(self, pid: int) -> bool:
        """Return whether there is a group, and a process is in it."""
        return self.group is not None and self.group.contains(pid)

    @contextmanager
    def probe_group(self, name: str) -> Iterator[ControlGroup]:
        """Make a small group, limited in the same way as the room itself.

        Raises
        ------
        NoControlGroups
            There is no room, or no second one can be made.
        """
        if self.group is None:
            raise NoControlGroups(self.state)
        try:
            small = self.group.make_child(name)
        except OSError as fault:
            raise NoControlGroups(f"{self.state}: {fault.strerror}") from fault
        try:
            self._limit_group(small, memory_bytes=PROBE_MEMORY_BYTES, processes=PROBE_PROCESSES)
            yield small
        finally:
            small.remove()

    def close(self) -> None:
        """Remove the group; its processes have to be gone."""
        group, self.group = self.group, None
        if group is not None:
            group.remove()

    def forget(self) -> None:
        """Let go of a group that belongs to the parent of this process."""
        self.group = None
