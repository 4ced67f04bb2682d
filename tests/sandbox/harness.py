"""A shooting range for attack scripts: everything an attack could reach is marked and watched."""

import json
import os
import re
import select
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.reads import (
    Columns,
    JsonValue,
    MarketDataRead,
    MetricRead,
    ReadReply,
    ReadRequest,
)
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox

WORD = "PLUNDER"
LIMITS = SandboxLimits(
    wall_seconds=1.0, cpu_seconds=1.0, memory_bytes=96 * MEBIBYTE, output_bytes=MEBIBYTE
)
CLOCK = "2026-01-01T12:00:00+00:00"
FIRST_BAR_NS = 1_767_225_600_000_000_000
MINUTE_NS = 60_000_000_000
_SUPERVISOR_MAY_GROW_BYTES = 150 * MEBIBYTE
_LATE_SECONDS = 1.0
_MEMORY_SLACK_MB = 16


def wave(bars: int) -> Columns:
    """Return bars of a sine wave."""
    position = np.arange(bars, dtype=np.float64)
    close = 100 + np.sin(position / 9.0)
    return Columns(
        index_ns=FIRST_BAR_NS + np.arange(bars) * MINUTE_NS,
        columns={
            "open": close - 0.1,
            "high": close + 1.0,
            "low": close - 1.0,
            "close": close,
            "volume": position + 1.0,
        },
    )


def answer_as_ada(request: ReadRequest) -> ReadReply:
    """Answer reads for ada: her own metric and script, nobody else's."""
    if isinstance(request, MarketDataRead):
        return wave(request.bars)
    own = {"ada.pnl": 7.0, "own-script": {"value": 1.5, "timestamp": CLOCK, "metadata": {}}}
    others = {"mallory.pnl": f"{WORD}-TENANT", "foreign-script": f"{WORD}-TENANT"}
    wanted = request.name if isinstance(request, MetricRead) else request.script_id
    if wanted in others or wanted not in own:
        raise PermissionError("this read is not available to the script")
    return JsonValue(value=own[wanted])


class Listener:
    """Sockets of every kind outside of the jail that must never be reached."""

    def __init__(self, folder: Path) -> None:
        self.hits: list[str] = []
        self.abstract = f"plunder-{os.getpid()}-{time.monotonic_ns()}"
        self._stack = ExitStack()
        self._sockets = self._open(folder)
        self.port = self._sockets[0].getsockname()[1]
        self._closing, self._closed = os.pipe()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _open(self, folder: Path) -> list[socket.socket]:
        tcp = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", tcp.getsockname()[1]))
        opened = [tcp, udp]
        for address in ("\0" + self.abstract, str(folder / "socket")):
            local = self._stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(address)
            local.listen()
            opened.append(local)
        (folder / "socket").chmod(0o777)
        return opened

    def _listen(self) -> None:
        while True:
            descriptors = [*(opened.fileno() for opened in self._sockets), self._closing]
            ready, _, _ = select.select(descriptors, [], [])
            if self._closing in ready:
                return
            for reached in (s for s in self._sockets if s.fileno() in ready):
                self.hits.append(str(reached.getsockname()))
                if reached.type == socket.SOCK_DGRAM:
                    reached.recv(100)
                else:
                    reached.accept()[0].close()

    def close(self) -> None:
        """Stop listening."""
        os.close(self._closed)
        self._thread.join()
        os.close(self._closing)
        self._stack.close()


@dataclass
class Shot:
    """What came of one attack."""

    results: list[SandboxResult]
    damage: list[str] = field(default_factory=list)

    @property
    def last(self) -> SandboxResult:
        """The result of the last run."""
        return self.results[-1]


class AttackRange:
    """A sandbox, what attacks would like to reach, and a look at all of it after each attack."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, word: str = WORD) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.word = word
        self.secret = folder / "secret.txt"
        self.written = folder / "written"
        self._plant()
        self.listener = Listener(folder)
        zygote = sandbox.start().zygote
        self._zygote = zygote
        self._victim = zygote.spawn(LIMITS)
        first = self.run("result = 1 + 1")
        self._baseline_mb = first.usage.memory_mb
        self._guests = self._count_guests()

    def _plant(self) -> None:
        self.folder.chmod(0o755)
        self.secret.write_text(f"{self.word}-FILE\n")
        self.secret.chmod(0o644)
        module = f"TOKEN = '{self.word}-IMPORT'\nopen({str(self.written)!r}, 'w').write('x')\n"
        (self.folder / "planted_module.py").write_text(module)
        pickled = f'cos\nsystem\n(S"touch {self.written}"\ntR.'.encode()
        (self.folder / "planted.pkl").write_bytes(pickled)
        (self.folder / "planted.npy").write_bytes(pickled)
        with sqlite3.connect(self.folder / "planted.sqlite") as database:
            database.execute("create table if not exists loot (word)")
            database.execute("insert into loot values (?)", (f"{self.word}-SQL",))
        database.close()

    def close(self) -> None:
        """Take the range down."""
        self.listener.close()
        self._victim.close()

    def context(self) -> dict[str, Any]:
        """Return the context of an attack: it is told where everything is."""
        places = {
            "secret": str(self.secret),
            "folder": str(self.folder),
            "written": str(self.written),
            "port": self.listener.port,
            "abstract": self.listener.abstract,
            "supervisor": os.getpid(),
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
            source, context=self.context(), limits=LIMITS, answer_read=answer_as_ada
        )

    def shoot(self, source: str, *, times: int = 1) -> Shot:
        """Run an attack, and look at everything it could have damaged."""
        before = _own_memory_bytes()
        shot = Shot(results=[])
        for _ in range(times):
            started = time.monotonic()
            shot.results.append(self.run(source))
            if time.monotonic() - started > LIMITS.wall_seconds + _LATE_SECONDS:
                shot.damage.append("it ran longer than allowed")
        for result in shot.results:
            shot.damage += self._inspect_result(result)
        shot.damage += self._inspect_outside()
        if _own_memory_bytes() - before > _SUPERVISOR_MAY_GROW_BYTES:
            shot.damage.append("the supervisor grew")
        return shot

    def _inspect_result(self, result: SandboxResult) -> Iterator[str]:
        said = json.dumps([result.outputs, result.log, result.error and vars(result.error)])
        for found in sorted(set(re.findall(rf"{self.word}-?[A-Z-]*", said))):
            yield f"it said {found}"
        if result.usage.memory_mb > self._baseline_mb + _MEMORY_SLACK_MB + _MEMORY_LIMIT_MB:
            yield f"it used {result.usage.memory_mb:.0f} MB"
        if len(result.outputs) > LIMITS.signals + 1 or len(result.log) > LIMITS.log_lines:
            yield "more outputs than allowed arrived"
        if len(said) > 2 * LIMITS.output_bytes:
            yield f"{len(said)} characters arrived"

    def _inspect_outside(self) -> Iterator[str]:
        if self.written.exists():
            self.written.unlink()
            yield "it wrote a file"
        if not self.secret.exists():
            self._plant()
            yield "it removed the secret"
        elif self.secret.read_text() != f"{self.word}-FILE\n":
            self._plant()
            yield "it changed the secret"
        if self.listener.hits:
            yield f"it reached {self.listener.hits}"
            self.listener.hits.clear()
        yield from self._inspect_neighbours()

    def _inspect_neighbours(self) -> Iterator[str]:
        if not self._zygote.is_alive:
            yield "the zygote died"
            return
        if self._victim.has_ended():
            yield "another run died"
            self._victim.close()
            self._victim = self._zygote.spawn(LIMITS)
        following = self.run("result = 1 + 1")
        if following.status != "ok" or following.outputs[0]["value"] != 2:
            yield f"the next run ended with {following.status}"
        if self._count_guests() > self._guests:
            yield "it left processes behind"

    def _count_guests(self) -> int:
        parent = str(self._zygote.pid)
        return sum(parent == fields[1] for fields in _process_table())


_MEMORY_LIMIT_MB = LIMITS.memory_bytes / MEBIBYTE


def _process_table() -> Iterator[list[str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield after_name.split()


def _own_memory_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@contextmanager
def attack_range(sandbox: Sandbox, folder: Path) -> Iterator[AttackRange]:
    """Set a range up around a sandbox."""
    standing = AttackRange(sandbox, folder)
    try:
        yield standing
    finally:
        standing.close()
