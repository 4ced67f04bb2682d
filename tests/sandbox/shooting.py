"""A shooting range for attack scripts: everything an attack could reach is marked and watched."""

import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from execution.sandbox import protocol
from execution.sandbox.limits import MEBIBYTE
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, SandboxUnavailable
from tests.sandbox.attack_files import Attack
from tests.sandbox.harness import CLOCK, LIMITS, WORD, answer_as_ada
from tests.sandbox.listeners import Listeners
from tests.sandbox.loot import Loot
from tests.sandbox.storable import can_be_kept
from tests.sandbox.traces import (
    Bystander,
    SharedMemory,
    Signals,
    adopting_orphans,
    descendants,
    end_processes,
    number_inside,
    sharing_the_machine,
)

SHOT_LIMITS = replace(LIMITS, wall_seconds=0.7)
MOST_OUTPUTS = SHOT_LIMITS.signals + 1
HONEST = "result = 1 + 1"
_LATE_SECONDS = 1.0
_MEMORY_SLACK_MB = 16
_MEMORY_LIMIT_MB = SHOT_LIMITS.memory_bytes / MEBIBYTE
_SUPERVISOR_MAY_GROW_BYTES = 150 * MEBIBYTE
# A guest that never asks for anything is not stopped by anybody: it is there to be attacked.
_VICTIM = "diary = 'PLUNDER-' + 'NEIGHBOUR'\nget_market_data()"


@dataclass(frozen=True)
class Damage:
    """One thing an attack achieved: the sign it was recognised by, and what was seen."""

    sign: str
    detail: str

    def __str__(self) -> str:
        return f"{self.sign}: {self.detail}"


@dataclass
class Shot:
    """What came of one attack."""

    results: list[SandboxResult]
    damage: list[Damage] = field(default_factory=list)

    @property
    def last(self) -> SandboxResult:
        """The result of the last run."""
        return self.results[-1]

    @property
    def signs(self) -> set[str]:
        """By what the damage was recognised."""
        return {damage.sign for damage in self.damage}


@dataclass(frozen=True)
class _Supervisor:
    """What this process itself has in use."""

    memory_bytes: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> "_Supervisor":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            memory_bytes=pages * os.sysconf("SC_PAGESIZE"),
            descriptors=len(os.listdir("/proc/self/fd")),
            threads=threading.active_count(),
        )

    def find_growth(self) -> Iterator[str]:
        now = _Supervisor.now()
        if now.memory_bytes - self.memory_bytes > _SUPERVISOR_MAY_GROW_BYTES:
            yield "its memory grew"
        if now.descriptors > self.descriptors:
            yield "it has more descriptors open"
        if now.threads > self.threads:
            yield "it has more threads"


class AttackRange:
    """A sandbox, what attacks would like to reach, and a look at all of it after each attack."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, counts_leaving: bool) -> None:
        self.sandbox = sandbox
        self.counts_leaving = counts_leaving
        self.loot = Loot(folder, word=WORD)
        self._stack = ExitStack()
        self._stack.enter_context(adopting_orphans())
        self.listeners = Listeners(folder)
        self._stack.callback(self.listeners.close)
        self.bystander = Bystander(word=WORD)
        self._stack.callback(self.bystander.close)
        self.signals = Signals()
        self._stack.callback(self.signals.close)
        self._neighbour = 0
        self._populate()

    def _populate(self) -> None:
        self.zygote = self.sandbox.start().zygote
        before = descendants(self.zygote.pid)
        self.victim = self.zygote.spawn(SHOT_LIMITS)
        self.victim.connection.sendall(protocol.pack_frame(self._order(_VICTIM)))
        self._baseline_mb = self._run_honestly().usage.memory_mb
        # The victim has answered nothing; that it is there is known from the list of processes.
        [victim] = descendants(self.zygote.pid) - before
        self._neighbour = number_inside(victim)
        self._family = descendants(os.getpid())

    def _order(self, source: str) -> dict[str, Any]:
        return {
            "op": "run",
            "source": source,
            "contexts": [self.context() | {"params": {}}],
            "limits": SHOT_LIMITS.for_guest(),
            "language_layer": False,
        }

    def close(self) -> None:
        """Take the range down."""
        self.victim.close()
        self._stack.close()

    def context(self) -> dict[str, Any]:
        """Return the context of an attack: it is told where everything is."""
        places = {
            "secret": str(self.loot.secret),
            "private": str(self.loot.private),
            "folder": str(self.loot.folder),
            "written": str(self.loot.written),
            "mark": self.loot.mark,
            "port": self.listeners.port,
            "port6": self.listeners.port6,
            "abstract": self.listeners.abstract,
            "supervisor": os.getpid(),
            "bystander": self.bystander.pid,
            "neighbour": self._neighbour,
        }
        return {
            "instrument": "NIFTY50",
            "instrument_key": "NIFTY50",
            "timeframe": "1m",
            "timestamp": CLOCK,
            "user_id": "ada",
            "params": places,
        }

    def run(self, source: str) -> SandboxResult:
        """Run a script as an attack would be run."""
        return self.sandbox.run(
            source, context=self.context(), limits=SHOT_LIMITS, answer_read=answer_as_ada
        )

    def _run_honestly(self) -> SandboxResult:
        return self.sandbox.run(
            HONEST, context=self.context(), limits=LIMITS, answer_read=answer_as_ada
        )

    def shoot(self, attack: Attack) -> Shot:
        """Run an attack, and look at everything it could have damaged."""
        return self.shoot_source(attack.source, times=attack.times)

    def shoot_source(self, source: str, *, times: int = 1) -> Shot:
        """Run a script as an attack, and look at everything it could have damaged."""
        reaches_the_machine = "ipc_namespace" in self.sandbox.config.turned_off
        with sharing_the_machine(alone=reaches_the_machine):
            return self._shoot(source, times)

    def _shoot(self, source: str, times: int) -> Shot:
        before, shared = _Supervisor.now(), SharedMemory()
        shot = Shot(results=[])
        for _ in range(times):
            started = time.monotonic()
            try:
                shot.results.append(self.run(source))
            except SandboxUnavailable as fault:
                shot.damage.append(Damage("zygote", str(fault)))
            if time.monotonic() - started > SHOT_LIMITS.wall_seconds + _LATE_SECONDS:
                shot.damage.append(Damage("late", "it ran longer than allowed"))
        for result in shot.results:
            shot.damage += self._inspect_result(result)
        shot.damage += self._inspect_outside(shared)
        shot.damage += (Damage("supervisor", detail) for detail in before.find_growth())
        return shot

    def _inspect_result(self, result: SandboxResult) -> Iterator[Damage]:
        plots = [vars(plot) for plot in result.plots]
        error = result.error and vars(result.error)
        said = json.dumps([result.outputs, plots, result.log, error])
        for found in sorted(set(re.findall(rf"{WORD}-?[A-Z-]*", said))):
            if self.counts_leaving or found != f"{WORD}-LANGUAGE":
                yield Damage("said", found)
        if result.usage.memory_mb > self._baseline_mb + _MEMORY_SLACK_MB + _MEMORY_LIMIT_MB:
            yield Damage("memory", f"it used {result.usage.memory_mb:.0f} MB")
        if len(result.outputs) > MOST_OUTPUTS:
            yield Damage("output", f"{len(result.outputs)} outputs arrived")
        if len(result.log) > SHOT_LIMITS.log_lines:
            yield Damage("output", f"{len(result.log)} lines arrived")
        if len(said) > 2 * SHOT_LIMITS.output_bytes:
            yield Damage("output", f"{len(said)} characters arrived")
        if result.usage.calls > SHOT_LIMITS.calls + 1:
            yield Damage("output", f"{result.usage.calls} reads were heard")
        if not can_be_kept(result):
            yield Damage("output", "it cannot be kept")

    def _inspect_outside(self, shared: SharedMemory) -> Iterator[Damage]:
        yield from (Damage("written", path) for path in self.loot.find_creations())
        yield from (Damage("changed", change) for change in self.loot.find_changes())
        yield from (Damage("reached", name) for name in self.listeners.find_reached())
        yield from (Damage("supervisor", f"got {name}") for name in self.signals.take())
        yield from (Damage("bystander", harm) for harm in self.bystander.find_harm())
        yield from (Damage("left", name) for name in shared.find_new())
        yield from self._inspect_jail()

    def _inspect_jail(self) -> Iterator[Damage]:
        if not self.zygote.is_alive or self.sandbox.start().zygote is not self.zygote:
            yield Damage("zygote", "the zygote died")
            self.victim.close()
            self._populate()
            return
        following = self._run_honestly()
        if following.status != "ok" or following.outputs[0]["value"] != 2:
            yield Damage("next_run", f"it ended with {following.status}")
        if left := descendants(os.getpid()) - self._family - {self.bystander.pid}:
            yield Damage("left", f"{len(left)} processes")
            end_processes(left)
        if self.victim.has_ended():
            yield Damage("neighbour", "another run died")
            self.victim.close()
            self._populate()


@contextmanager
def attack_range(sandbox: Sandbox, *, counts_leaving: bool | None = None) -> Iterator[AttackRange]:
    """Set a range up around a sandbox.

    Leaving the language counts as damage where there is a language layer, unless told otherwise.
    """
    if counts_leaving is None:
        counts_leaving = sandbox.config.language_layer
    # Not among pytest's folders: each session closes those to everybody but its own user.
    with tempfile.TemporaryDirectory(prefix="range-") as folder:
        standing = AttackRange(sandbox, Path(folder), counts_leaving=counts_leaving)
        try:
            yield standing
        finally:
            standing.close()
