"""Experiments with scripts that stamp what they say: signals, plots and lists of earlier bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from execution.lookahead.cuts import cut_points, rare_bars
from execution.lookahead.effort import Effort
from execution.lookahead.experiments import BATCH, FUTURES_OF_A_RARE_BAR, Experiments, batches
from execution.lookahead.findings import CounterExample
from execution.lookahead.futures import FUTURES
from execution.lookahead.runs import Run
from execution.lookahead.statements import Place
from execution.lookahead.world import View, World


class StampExperiments(Experiments):
    """What runs at many clocks say about earlier bars, with other futures after those."""

    def examine(self, run: Run, effort: Effort) -> CounterExample | None:
        """Return a counter-example from a run or from runs at other clocks, or None."""
        if not run.reading.most_bars:
            return None
        found = self._stamps_in(run, effort.changed)
        if found is not None or self.is_late():
            return found
        for clocks in batches(iter(self._clocks(run, effort)), BATCH):
            found = self._probe(run.world, clocks)
            if found is not None or self.is_late():
                return found
        return None

    def _stamps_in(self, run: Run, most: int) -> CounterExample | None:
        if not self._earlier(run):
            return None
        begin = max(0, run.view.end - run.reading.most_bars)
        views = self._stamp_views(run, begin, most)
        for some in batches(views, BATCH):
            found = self.try_changed(run, some)
            if found is not None or self.is_late():
                return found
        return self._try_shorter(run, begin)

    def _stamp_views(self, run: Run, begin: int, most: int) -> Iterator[View]:
        said, view = run.said, run.view
        points = cut_points(said, run.world.bars, begin, view.end, spread=most // 2)
        rare = {bar + 1 for bar in rare_bars(said)}

        def views() -> Iterator[View]:
            for point in points:
                for future in FUTURES_OF_A_RARE_BAR if point in rare else (next(self.futures),):
                    yield view.changed(point, future)

        return islice(views(), most)

    def _try_shorter(self, run: Run, begin: int) -> CounterExample | None:
        """Let shorter windows, which begin where the whole one does, say where to look again."""
        whole = View.whole(begin, run.view.end)
        middle = (begin + run.view.end) // 2
        points = cut_points(run.said, run.world.bars, middle, run.view.end, spread=16)[:16]
        for other in self.others(run.world, [whole.cut(point) for point in points]):
            if self.differences(run, other, until=other.view.end, is_missing_told=False):
                again = [run.view.changed(other.view.end, future) for future in FUTURES]
                found = self.try_changed(run, again)
                if found is not None:
                    return found
        return None

    def _clocks(self, run: Run, effort: Effort) -> list[int]:
        end, least = run.view.end, min(run.reading.most_bars, run.view.end // 2)
        recent = range(end - 1, max(least, end - effort.probes // 2), -1)
        step = max(1, (end - least) // max(1, effort.probes // 2))
        return list(dict.fromkeys([*recent, *range(end - 1, max(1, least), -step)]))

    def _probe(self, world: World, clocks: Sequence[int]) -> CounterExample | None:
        """Run at several clocks, and again with other bars after each of the last few."""
        runs = self.script.run(world, [View.whole(0, clock) for clock in clocks])
        for run in runs:
            if run.is_ok:
                self.note_spoken(run)
        pairs = [pair for run in runs if run.is_ok for pair in self._probing_views(run)]
        for some in batches(iter(pairs), 3 * BATCH):
            others = self.script.run(world, [view for _, view in some])
            for (run, view), other in zip(some, others, strict=True):
                if not other.is_ok:
                    continue
                found = self.differences(run, other, until=view.known, is_missing_told=True)
                if found:
                    return self.confirmed(run, other, found[0])
            if self.is_late():
                return None
        return None

    def _probing_views(self, run: Run) -> Iterator[tuple[Run, View]]:
        bars = sorted({place.bar for place in self._earlier(run)})
        if bars:
            points = dict.fromkeys(bar + 1 for bar in (bars[-1], bars[-2:][0], bars[0]))
            views = [run.view.changed(p, f) for p in points for f in FUTURES_OF_A_RARE_BAR]
        else:
            known = [run.view.end - back for back in (1, 2, 3, 5) if run.view.end - back > 0]
            views = [run.view.changed(k, next(self.futures)) for k in known]
        return ((run, view) for view in views)

    def _earlier(self, run: Run) -> list[Place]:
        return [place for place in run.said.values if place.bar < run.view.end - 1]
