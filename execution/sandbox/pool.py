"""Guests that wait, forked, locked down and warm, so that a run need not wait for them."""

import threading
from collections import OrderedDict, deque

from execution.sandbox.jail_protocol import Flag
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.zygote_process import GuestProcess, ZygoteDied, ZygoteProcess

# One kind per tier of limits; the kind that was not asked for the longest makes room.
_KINDS_MAXIMUM = 4

# Memory and CPU are limited before a guest is locked down; the other limits are kept outside of it.
_Kind = tuple[int, float]


def _kind_of(limits: SandboxLimits) -> _Kind:
    return limits.memory_bytes, limits.cpu_seconds


class GuestPool:
    """A few waiting guests for each kind of limits that was asked for lately."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._waiting: OrderedDict[_Kind, deque[GuestProcess]] = OrderedDict()

    def take(self, limits: SandboxLimits) -> GuestProcess | None:
        """Return a living guest with these limits, or None when none waits."""
        with self._lock:
            waiting = self._waiting.get(_kind_of(limits), deque())
            while waiting:
                guest = waiting.popleft()
                if not guest.has_ended():
                    return guest
                guest.close()
        return None

    def refill(self, zygote: ZygoteProcess, limits: SandboxLimits) -> None:
        """Have guests with these limits forked until there are enough."""
        if not self._size:
            return
        kind = _kind_of(limits)
        with self._lock:
            waiting = self._waiting.setdefault(kind, deque())
            self._waiting.move_to_end(kind)
            while len(self._waiting) > _KINDS_MAXIMUM:
                _close_all(self._waiting.popitem(last=False)[1])
            try:
                while len(waiting) < self._size:
                    waiting.append(zygote.spawn(limits, flags=Flag.PREWARM))
            except ZygoteDied:
                # Whoever runs next starts another zygote; the pool begins anew with it.
                return

    def clear(self) -> None:
        """Let every waiting guest go."""
        with self._lock:
            for waiting in self._waiting.values():
                _close_all(waiting)
            self._waiting.clear()


def _close_all(guests: deque[GuestProcess]) -> None:
    while guests:
        guests.popleft().close()
