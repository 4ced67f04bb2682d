"""What isolation costs a machine: memory for each guest that waits, and what a second worker adds.

Both workers need a processor of their own: on a machine that is busy with something else, or has
only one, a second worker adds little whatever it does.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from bench.rows import BenchRow
from bench.sandbox import RSI, run_once
from execution.sandbox.limits import MEBIBYTE
from execution.sandbox.supervisor import Sandbox, SandboxConfig

IDLE_GUESTS = 4
_SETTLE_SECONDS = 20.0
_SECONDS = 4.0
_ROUNDS = 3
_GOAL_BYTES = 4 * MEBIBYTE
_GOAL_SPEED_UP = 1.7


def private_bytes(pid: int) -> int:
    """Return how much memory a process shares with nobody, as the kernel counts it."""
    private = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("Private_Clean", "Private_Dirty", "Private_Hugetlb"):
            private += int(value.split()[0]) * 1024
    return private


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that have not ended."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def idle_guests(sandbox: Sandbox) -> list[int]:
    """Return the guests that wait for a run, once all of them are ready for it."""
    until = time.monotonic() + _SETTLE_SECONDS
    before: list[int] = []
    while time.monotonic() < until:
        guests = children_of(sandbox.zygote.pid)
        used = [_cpu_ticks(guest) for guest in guests]
        if len(guests) == IDLE_GUESTS and used == before:
            return guests
        before = used
        time.sleep(0.2)
    raise RuntimeError(f"{IDLE_GUESTS} guests did not come to rest in {_SETTLE_SECONDS:g} s")


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _memory_row() -> BenchRow:
    with Sandbox(SandboxConfig(pool_size=IDLE_GUESTS)) as sandbox:
        run_once(sandbox, RSI)
        used = statistics.median(private_bytes(guest) for guest in idle_guests(sandbox))
    return BenchRow(
        name="sandbox_private_memory_of_an_idle_guest",
        ratio=used / _GOAL_BYTES,
        goal=1.0,
        floor=_GOAL_BYTES / MEBIBYTE,
        value=used / MEBIBYTE,
        unit="MB",
    )


def _work(orders: Connection) -> None:
    with Sandbox() as sandbox:
        run_once(sandbox, RSI)
        orders.send(0)
        while orders.recv():
            until = time.monotonic() + _SECONDS
            runs = 0
            while time.monotonic() < until:
                run_once(sandbox, RSI)
                runs += 1
            orders.send(runs)


class _Worker:
    """A process with a sandbox of its own."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,))
        self._process.start()
        # So that a worker that dies is noticed instead of waited for.
        theirs.close()
        self._orders.recv()

    def begin(self) -> None:
        self._orders.send(True)

    def runs(self) -> int:
        counted: int = self._orders.recv()
        return counted

    def stop(self) -> None:
        self._orders.send(False)
        self._process.join()


def _runs_per_second(workers: list[_Worker]) -> float:
    for worker in workers:
        worker.begin()
    return sum(worker.runs() for worker in workers) / _SECONDS


def _throughput_row() -> BenchRow:
    workers = [_Worker(), _Worker()]
    try:
        alone: list[float] = []
        together: list[float] = []
        for _ in range(_ROUNDS):
            alone.append(_runs_per_second(workers[:1]))
            together.append(_runs_per_second(workers))
    finally:
        for worker in workers:
            worker.stop()
    # A neighbour that takes the processor away halves both: the best of each had the least of it.
    one, two = max(alone), max(together)
    return BenchRow(
        name="sandbox_throughput_of_two_workers",
        ratio=two / one,
        goal=_GOAL_SPEED_UP,
        floor=one,
        value=two,
        unit="runs/s",
        at_least=True,
    )


def rows() -> list[BenchRow]:
    """Return what a waiting guest and a second worker cost and bring."""
    measures: list[Callable[[], BenchRow]] = [_memory_row, _throughput_row]
    return [measure() for measure in measures]
