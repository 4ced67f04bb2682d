"""Watching processes, and starting again the ones that died."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from signalhub.embedded.processes import ManagedProcess, Program, stop_together

# The first restart is immediate; what keeps dying waits longer each time.
RESTART_DELAYS_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
HEALTHY_AFTER_SECONDS = 30.0
# What cannot run at all ends sooner than this.
SETTLED_AFTER_SECONDS = 3.0


@dataclass
class _Watched:
    process: ManagedProcess
    batch: int
    started_at: float
    deaths: int = 0
    restart_at: float | None = field(default=None)


class Supervisor:
    """Keeps programs running until told to stop."""

    def __init__(
        self,
        *,
        on_change: Callable[[], None],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._report = report
        self._clock = clock
        self._watched: list[_Watched] = []

    def adopt(self, processes: Iterable[ManagedProcess]) -> None:
        """Watch processes that run already; they end together, and after all adopted later."""
        batch = 1 + max((watched.batch for watched in self._watched), default=0)
        now = self._clock()
        self._watched.extend(_Watched(process, batch, started_at=now) for process in processes)
        self._on_change()

    def start(self, programs: Iterable[Program]) -> None:
        """Start programs and watch them."""
        self.adopt(ManagedProcess(program) for program in programs)

    def running(self) -> list[ManagedProcess]:
        """Return the processes that are not waiting to be started again."""
        return [watched.process for watched in self._watched if watched.restart_at is None]

    def deaths(self) -> dict[str, int]:
        """Return how often each program died since it last ran well."""
        return {watched.process.name: watched.deaths for watched in self._watched}

    def is_settled(self) -> bool:
        """Return whether everything has been running for a while."""
        now = self._clock()
        return all(
            watched.restart_at is None and now - watched.started_at >= SETTLED_AFTER_SECONDS
            for watched in self._watched
        )

    def recent_log(self, name: str) -> str:
        """Return the end of what a program wrote since its last start."""
        return next(w.process.recent_log() for w in self._watched if w.process.name == name)

    def look_after(self) -> None:
        """Notice who died, and start again whose time has come."""
        now = self._clock()
        for watched in self._watched:
            if watched.restart_at is None and watched.process.has_ended():
                self._note_death(watched, now)
            if watched.restart_at is not None and watched.restart_at <= now:
                self._restart(watched, now)

    def stop(self) -> None:
        """End everything: what was started last first, and before what it may depend on."""
        for batch in sorted({watched.batch for watched in self._watched}, reverse=True):
            stop_together([w.process for w in self._watched if w.batch == batch])
        self._watched.clear()

    def _note_death(self, watched: _Watched, now: float) -> None:
        if now - watched.started_at > HEALTHY_AFTER_SECONDS:
            watched.deaths = 0
        status = watched.process.stop()
        delay = RESTART_DELAYS_SECONDS[min(watched.deaths, len(RESTART_DELAYS_SECONDS) - 1)]
        watched.deaths += 1
        watched.restart_at = now + delay
        self._report(f"{watched.process.name} ended ({describe_status(status)}); starting it again")

    def _restart(self, watched: _Watched, now: float) -> None:
        watched.process = ManagedProcess(watched.process.program)
        watched.started_at = now
        watched.restart_at = None
        self._on_change()


def describe_status(status: int) -> str:
    """Return an exit status in words."""
    return f"signal {-status}" if status < 0 else f"status {status}"
