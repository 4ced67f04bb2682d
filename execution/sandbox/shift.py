"""One zygote at work: proven walls, waiting guests, and an end that waits for its last run."""

import threading
from dataclasses import replace
from typing import Self

from execution.sandbox.config import SandboxConfig
from execution.sandbox.inspection import inspect
from execution.sandbox.layers import Layer, Profile, SandboxUnavailable, missing_of
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.pool import GuestPool
from execution.sandbox.zygote_process import GuestProcess, ZygoteProcess, memory_of

_RUNS_BETWEEN_LOOKS = 100


class Shift:
    """A zygote and the runs it serves, until it is retired and the last of them is done."""

    def __init__(self, profile: Profile, config: SandboxConfig) -> None:
        self.config = config
        self.layers: dict[str, Layer] = {}
        self.zygote = ZygoteProcess(profile, turned_off=config.turned_off)
        self._pool = GuestPool(config.pool_size)
        self._lock = threading.Lock()
        self._running = 0
        self._runs = 0
        self._is_retired = False
        self._is_over = False

    def prove(self) -> Self:
        """Have every layer tried once more.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand.
        """
        required = self.config.required_by(self.zygote.profile)
        self.layers = inspect(self.zygote, required=required)
        if missing := missing_of(self.layers):
            reason = f"required layers are not proven: {', '.join(missing)}"
            raise SandboxUnavailable(reason, layers=self.layers)
        return self

    @property
    def is_fit(self) -> bool:
        """Whether new runs may begin."""
        return not self._is_retired and self.zygote.is_alive

    @property
    def is_over(self) -> bool:
        """Whether the zygote has been ended."""
        return self._is_over

    @property
    def is_due_for_renewal(self) -> bool:
        """Whether the zygote has served, or grown, as much as one should."""
        if self._is_retired or self._runs >= self.config.renew_after_runs:
            return not self._is_retired
        if self._runs % _RUNS_BETWEEN_LOOKS or not self.zygote.is_alive:
            return False
        grown = memory_of(self.zygote.pid).resident_bytes - self.zygote.resident_at_start_bytes
        return grown >= self.config.renew_after_growth_bytes

    def begin_run(self) -> bool:
        """Note that a run begins; return False when none may any more."""
        with self._lock:
            if self._is_retired:
                return False
            self._running += 1
            self._runs += 1
            return True

    def end_run(self) -> None:
        """Note that a run ended; the last one of a retired zygote takes it along."""
        with self._lock:
            self._running -= 1
            is_last = self._is_retired and not self._running
        if is_last:
            self.stop()

    def take_guest(self, limits: SandboxLimits, *, contexts: int) -> GuestProcess:
        """Return a guest that waits for its request, from the pool where there is one."""
        waiting = self._pool.take(limits) if contexts == 1 else None
        if waiting is not None:
            return waiting
        # The kernel counts the CPU time of a process, and so of all its contexts together.
        return self.zygote.spawn(replace(limits, cpu_seconds=limits.cpu_seconds * contexts))

    def refill(self, limits: SandboxLimits) -> None:
        """Have guests wait for the next runs with these limits."""
        if not self._is_retired:
            self._pool.refill(self.zygote, limits)

    def retire(self) -> None:
        """Let no run begin any more, and end once those that began are done."""
        with self._lock:
            self._is_retired = True
            is_idle = not self._running
        self._pool.clear()
        if is_idle:
            self.stop()

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        with self._lock:
            self._is_retired = self._is_over = True
        self._pool.clear()
        self.zygote.stop()

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        self.zygote.forget()
        self._pool.clear()
