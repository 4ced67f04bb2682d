"""The look-ahead proof: does what a script says about a bar depend on what came after it?

It is answered by experiment. The script runs on recorded bars, then with fewer of them, then with
other futures after bars that stay as they were. What differs about a bar that was known either way
is a counter-example, and one is enough. That none was found is no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable

from execution.lookahead.effort import LEAST, Effort
from execution.lookahead.findings import CounterExample, NotDeterministic, Proof
from execution.lookahead.runs import Script
from execution.lookahead.stamps import StampExperiments
from execution.lookahead.windows import WindowExperiments
from execution.lookahead.world import WINDOW, View, World

BARS_LEAST = 3


def prove(script: Script, worlds: Iterable[tuple[World, Effort]], *, seconds: float) -> Proof:
    """Look for a counter-example in worlds until one is found or the time is up.

    ``seconds`` is processor time of the script's own runs, so that a busy machine proves as much as
    an idle one. Every world is looked at, however short the time is; a script that is stopped by a
    limit is not tried again.
    """
    proof = Proof()
    prover = _Prover(script, proof, seconds)
    try:
        for world, effort in worlds:
            proof.counter_example = prover.examine(world, effort)
            if proof.counter_example is not None or script.was_stopped:
                break
    except NotDeterministic as fault:
        proof.undecided = str(fault)
    proof.runs = script.runs
    if proof.worlds == 0 and not proof.undecided:
        proof.undecided = "it ran nowhere: " + "; ".join(proof.problems[:3])
    return proof


class _Prover:
    def __init__(self, script: Script, proof: Proof, seconds: float) -> None:
        self.script = script
        self.proof = proof
        self.windows = WindowExperiments(script, proof, seconds)
        self.stamps = StampExperiments(script, proof, seconds)

    def examine(self, world: World, effort: Effort) -> CounterExample | None:
        """Return a counter-example from a world, or None."""
        length = len(world.bars)
        if length < BARS_LEAST:
            return None
        [run] = self.script.run(world, [View.whole(length - _window_of(length), length)])
        if not run.is_ok:
            self.proof.problems.append(f"on {world.instrument} {world.timeframe}: {run.problem}")
            return None
        self.proof.worlds += 1
        self.windows.note_spoken(run)
        if self.windows.is_late():
            effort = LEAST
        if run.said.kind is None:
            return self.stamps.examine(run, effort)
        return self.windows.examine(run, effort)


def _window_of(length: int) -> int:
    # A third of a short history is left before the window, so that a cut one can be moved there.
    return min(WINDOW, max(1, length * 2 // 3))
