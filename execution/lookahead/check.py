"""One answer about one script, in the words of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from execution.lookahead.bars import to_instant
from execution.lookahead.comparison import NOTHING
from execution.lookahead.effort import Effort
from execution.lookahead.findings import CounterExample, Proof
from execution.lookahead.proof import prove
from execution.lookahead.runs import RunsScripts, Script
from execution.lookahead.world import World
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.screening import Finding

# What is said in an experiment is compared and thrown away, so there may be more of it than in a
# run: a signal for every bar, and a line of the log.
LIMITS = SandboxLimits(
    wall_seconds=20.0,
    cpu_seconds=5.0,
    signals=5000,
    log_lines=10_000,
    log_bytes=1_000_000,
    output_bytes=8 * 1024 * 1024,
)
_LOOK_AHEAD = "look_ahead"
_GRAVE = "danger"


class Sandboxed(RunsScripts, Protocol):
    """What runs scripts, and reads them for what is suspicious."""

    def screen(self, source: str) -> Sequence[Finding]:
        """Return what was found in a script."""
        ...


def check(
    source: str,
    sandbox: Sandboxed,
    worlds: Iterable[tuple[World, Effort]],
    *,
    limits: SandboxLimits = LIMITS,
    seconds: float,
) -> Proof:
    """Return the proof about a script.

    A script that says nothing but one and the same, and whose text reads later rows, is undecided:
    at the newest bar there are no later rows, and so there was nothing to compare.
    """
    proof = prove(Script(source=source, sandbox=sandbox, limits=limits), worlds, seconds=seconds)
    if proof.verdict == "clean" and proof.compared == 0 and len(proof.spoken) <= 1:
        grave = [f for f in sandbox.screen(source) if f.category == _LOOK_AHEAD]
        grave = [finding for finding in grave if finding.level == _GRAVE]
        if grave:
            proof.undecided = (
                "it never says anything but one and the same, so that there was nothing to "
                f"compare, and line {grave[0].line} reads later rows: {grave[0].message}"
            )
    return proof


def line_that_looks_ahead(source: str, sandbox: Sandboxed) -> int | None:
    """Return the line that screening would blame, which is a hint and no proof."""
    found = [f for f in sandbox.screen(source) if f.category == _LOOK_AHEAD and f.line]
    return found[0].line if found else None


def describe(example: CounterExample) -> dict[str, Any]:
    """Return a counter-example as JSON says it."""
    place, world = example.difference.place, example.world
    return {
        "instrument": world.instrument,
        "timeframe": world.timeframe,
        "bar": to_instant(int(world.bars.opened_ns[place.bar])).isoformat(),
        "field": place.field,
        "full": _told(example.difference.full),
        "changed": _told(example.difference.changed),
        "how": example.how,
    }


def reason_of(proof: Proof) -> str:
    """Return why a proof says what it says, as a sentence."""
    if proof.counter_example is not None:
        place = proof.counter_example.difference.place
        bar = to_instant(int(proof.counter_example.world.bars.opened_ns[place.bar]))
        return f"What it says about the bar of {bar:%Y-%m-%d %H:%M} changes with later bars."
    if proof.undecided:
        return f"Not decided: {proof.undecided}."
    left_out = f" Not tried {'; '.join(proof.problems)}." if proof.problems else ""
    if proof.compared == 0:
        said = "says nothing about earlier bars" if proof.spoken else "put nothing out"
        return f"It {said}, in {proof.runs} runs.{left_out}"
    return (
        f"{proof.compared:,} values about known bars stayed the same in {proof.runs:,} runs with "
        f"fewer and with other later bars.{left_out}"
    )


def _told(value: Any) -> Any:
    return None if value is NOTHING else value
