"""Whether a script says the same when it is run again, and what a run of it costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from common.canonical import digest
from execution.lookahead.runs import Run, Script
from execution.lookahead.world import WINDOW, View, World

REPETITIONS = 2
CLOCKS = 20
COSTED_RUNS = 10
LIVE_WINDOW = 500


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """The hashes of what the same runs said each time, every time in another process."""

    hashes: list[str]

    @property
    def same(self) -> bool:
        """Whether it was the same every time."""
        return len(set(self.hashes)) == 1


def repeat(script: Script, world: World) -> Repetition:
    """Run a script over the same views twice, in two processes of the sandbox."""
    end = len(world.bars)
    window = [View.whole(max(0, end - WINDOW), end)]
    clocks = [View.whole(0, clock) for clock in range(max(1, end - CLOCKS), end)]

    def said() -> str:
        runs = script.run(world, window) + script.run(world, clocks, every_row=False)
        return digest([_said(run) for run in runs])

    return Repetition(hashes=[said() for _ in range(REPETITIONS)])


def cost_of(script: Script, world: World) -> dict[str, Any]:
    """Return what runs cost that are made one by one, as in realtime, each in its own process."""
    end = len(world.bars)
    clocks = range(end, max(0, end - COSTED_RUNS), -1)
    usages = [
        run.result.usage
        for clock in clocks
        for run in script.run(world, [View.whole(0, clock, window=LIVE_WINDOW)], every_row=False)
    ]
    count = len(usages)
    return {
        "runs": count,
        "cpu_ms_mean": round(sum(usage.cpu_ms for usage in usages) / max(1, count), 3),
        "cpu_ms_max": round(max((usage.cpu_ms for usage in usages), default=0.0), 3),
        "wall_ms_mean": round(sum(usage.result_ms for usage in usages) / max(1, count), 3),
        "memory_mb_max": round(max((usage.memory_mb for usage in usages), default=0.0), 1),
        "calls_mean": round(sum(usage.calls for usage in usages) / max(1, count), 2),
    }


def _said(run: Run) -> dict[str, Any]:
    result = run.result
    return {
        "status": result.status,
        "outputs": result.outputs,
        "plots": [asdict(plot) for plot in result.plots],
        "log": result.log,
    }
