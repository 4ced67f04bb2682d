"""Experiments with scripts that answer for every bar of a window: tables, and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from execution.lookahead.comparison import Difference, roughly_same
from execution.lookahead.cuts import cut_points, rare_bars
from execution.lookahead.effort import LONG, THOROUGH, Effort
from execution.lookahead.experiments import BATCH, FUTURES_OF_A_RARE_BAR, Experiments, batches
from execution.lookahead.findings import CounterExample
from execution.lookahead.futures import FUTURES
from execution.lookahead.runs import Run
from execution.lookahead.statements import CHANGES, ROW, TABLE
from execution.lookahead.world import WINDOW, View

LIVE_WINDOW = 500
# A strategy that is asked bar by bar is slow, and keeps nothing from one window to the next.
SHORT_WINDOW = 240
LONG_WINDOW = 2500
SLOW_MS = 40.0
# A window that begins elsewhere may leave the last traces of a recursion's start.
MOVED_TOLERANCE = 1e-4


class WindowExperiments(Experiments):
    """What a script says about the bars of a window, with other futures and cut off."""

    def examine(self, run: Run, effort: Effort) -> CounterExample | None:
        """Return a counter-example from the window of a run, or from a longer one, or None."""
        world = run.world
        if run.said.kind == CHANGES and run.result.usage.result_ms > SLOW_MS:
            begin = max(0, run.view.end - SHORT_WINDOW)
            [run] = self.script.run(world, [View.whole(begin, run.view.end)])
            if not run.is_ok:
                return None
        found = self._rows_in(run, effort)
        if found is None and effort is THOROUGH and len(world.bars) > WINDOW + LIVE_WINDOW:
            begin = max(0, len(world.bars) - LONG_WINDOW)
            whole = View.whole(begin, len(world.bars), window=LONG_WINDOW)
            [longer] = self.script.run(world, [whole])
            if longer.is_ok and not self.is_late():
                found = self._rows_in(longer, LONG)
        return found

    def _rows_in(self, run: Run, effort: Effort) -> CounterExample | None:
        changed = batches(self._changed_views(run, effort), BATCH)
        cut = batches(self._cut_views(run, effort), 2 * BATCH)
        for views, shorter in alternate(changed, cut):
            found = self.try_changed(run, views) or self._try_cut(run, shorter)
            if found is not None or self.is_late():
                return found
        return None

    def _changed_views(self, run: Run, effort: Effort) -> Iterator[View]:
        view, said = run.view, run.said
        rare = {bar + 1 for bar in rare_bars(said)}
        points = cut_points(
            said, run.world.bars, view.begin, view.end, spread=max(8, effort.changed // 2)
        )

        def views() -> Iterator[View]:
            for point in points:
                futures = FUTURES_OF_A_RARE_BAR if point in rare else (next(self.futures),)
                for future in futures:
                    yield view.changed(point, future)

        return islice(views(), effort.changed)

    def _cut_views(self, run: Run, effort: Effort) -> Iterator[View]:
        view = run.view
        # With fewer bars than a run is given, what a script leaves out for want of history would
        # look like a difference.
        least = view.begin + min(LIVE_WINDOW, (view.end - view.begin) // 2)
        if run.said.kind == CHANGES:
            least = view.begin + min(60, (view.end - view.begin) // 2)
        wanted = [bar + 1 for bar in rare_bars(run.said)]
        wanted += cut_points(run.said, run.world.bars, least, view.end, spread=view.end - least)
        points = [point for point in dict.fromkeys(wanted) if least <= point < view.end]
        return (view.cut(point) for point in points[: effort.cut])

    def _try_cut(self, run: Run, views: Sequence[View]) -> CounterExample | None:
        newest_only = run.said.kind == TABLE
        for other in self.others(run.world, views, every_row=not newest_only):
            full = (
                run.said.about(range(other.view.end - 1, other.view.end), way=ROW)
                if newest_only
                else run.said
            )
            found = self.differences(
                run, other, until=other.view.end, is_missing_told=True, full=full
            )
            if found:
                example = self._judge_cut(run, other, found)
                if example is not None:
                    return example
        return None

    def _judge_cut(self, run: Run, other: Run, found: list[Difference]) -> CounterExample | None:
        """Tell what depends on later bars from what depends on how many bars there are.

        The window that ends at the cut and is as long as the whole one says what a live run says
        there. Only what differs from that as well depends on what came later.
        """
        known = other.view.end
        confirmed = self.try_changed(run, [run.view.changed(known, f) for f in FUTURES])
        if confirmed is not None:
            return confirmed
        moved = run.view.cut_and_moved(known)
        if moved.begin < 0:
            return self.confirmed(run, other, found[0])
        [shifted] = self.script.run(run.world, [moved], every_row=other.every_row)
        if not shifted.is_ok:
            return None
        rough = roughly_same(MOVED_TOLERANCE)
        theirs = shifted.said.values
        left = [
            one
            for one in found
            if one.place not in theirs or not rough(one.full, theirs[one.place])
        ]
        return self.confirmed(run, other, left[0]) if left else None


def alternate(
    one: Iterator[list[View]], other: Iterator[list[View]]
) -> Iterator[tuple[list[View], list[View]]]:
    return zip_longest(one, other, fillvalue=[])
