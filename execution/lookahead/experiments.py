"""What every experiment does: run in other views, compare, and show a counter-example twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import TypeVar

from execution.lookahead.comparison import Difference, differences
from execution.lookahead.findings import CounterExample, NotDeterministic, Proof
from execution.lookahead.futures import FUTURES
from execution.lookahead.runs import Run, Script
from execution.lookahead.statements import Said
from execution.lookahead.world import View, World

BATCH = 16
FUTURES_OF_A_RARE_BAR = ("raised", "lowered", "mirrored")
T = TypeVar("T")


class Experiments:
    """Runs of one script in views of worlds, within a budget of processor time."""

    def __init__(self, script: Script, proof: Proof, seconds: float) -> None:
        self.script = script
        self.proof = proof
        self.seconds = seconds
        self.futures = cycle(FUTURES)

    def try_changed(self, run: Run, views: Sequence[View]) -> CounterExample | None:
        for other in self.others(run.world, views):
            found = self.differences(run, other, until=other.view.known, is_missing_told=True)
            if found:
                return self.confirmed(run, other, found[0])
        return None

    def others(
        self, world: World, views: Sequence[View], *, every_row: bool = True
    ) -> Iterator[Run]:
        if not views:
            return
        for run in self.script.run(world, views, every_row=every_row):
            # A script that fails for want of bars, or for other prices, says nothing of a bar.
            if run.is_ok:
                yield run

    def differences(
        self, run: Run, other: Run, *, until: int, is_missing_told: bool, full: Said | None = None
    ) -> list[Difference]:
        ours = full or run.said
        self.proof.compared += sum(1 for place in other.said.values if place.bar < until)
        return differences(ours, other.said, until=until, is_missing_told=is_missing_told)

    def confirmed(self, run: Run, other: Run, found: Difference) -> CounterExample:
        """Return the counter-example once the same runs have shown it again.

        Where the run that could see only up to the bar differs as well, that is what is told.
        """
        [again] = self.script.run(run.world, [run.view], every_row=run.every_row)
        if not again.is_ok or differences(
            run.said, again.said, until=run.view.end, is_missing_told=True
        ):
            raise NotDeterministic("two runs on the same bars said different things")
        [twice] = self.script.run(run.world, [other.view], every_row=other.every_row)
        if twice.said.values.get(found.place, found.changed) != found.changed:
            raise NotDeterministic("two runs on the same bars said different things")
        if other.view.is_cut:
            return CounterExample(world=run.world, difference=found, how="truncated")
        cut = self._cut_at(run, found)
        how = "perturbed" if cut is found else "truncated"
        return CounterExample(world=run.world, difference=cut, how=how)

    def _cut_at(self, run: Run, found: Difference) -> Difference:
        begin = run.view.begin
        if run.said.kind is None:
            begin = max(begin, run.view.end - run.reading.most_bars)
        known = found.place.bar + 1
        if known <= begin:
            return found
        [cut] = self.script.run(run.world, [View.whole(begin, run.view.end).cut(known)])
        if not cut.is_ok:
            return found
        for one in differences(run.said, cut.said, until=known, is_missing_told=True):
            if one.place == found.place:
                return one
        return found

    def note_spoken(self, run: Run) -> None:
        for output in run.result.outputs:
            self.proof.spoken.add(repr(output["value"]))

    def is_late(self) -> bool:
        return self.script.cpu_seconds > self.seconds


def batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
