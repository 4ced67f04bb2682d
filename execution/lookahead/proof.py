"""The look-ahead proof: does what a script says about a bar depend on what came after it?

It is answered by experiment. The script runs on recorded bars, then with fewer of them, then with
other futures after bars that stay as they were. What differs about a bar that was known either way
is a counter-example, and one is enough. That none was found is no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice, zip_longest
from typing import TypeVar

from execution.lookahead.comparison import Difference, differences, roughly_same
from execution.lookahead.cuts import cut_points, rare_bars
from execution.lookahead.futures import FUTURES
from execution.lookahead.runs import Run, Script
from execution.lookahead.statements import CHANGES, ROW, TABLE, Place, Said
from execution.lookahead.world import WINDOW, View, World

LIVE_WINDOW = 500
# A strategy that is asked bar by bar is slow, and keeps nothing from one window to the next.
SHORT_WINDOW = 240
LONG_WINDOW = 2500
SLOW_MS = 40.0
BATCH = 24
FUTURES_OF_A_RARE_BAR = ("raised", "lowered", "mirrored")
# A window that begins elsewhere may leave the last traces of a recursion's start.
MOVED_TOLERANCE = 1e-4

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How many runs a world is worth."""

    changed: int
    cut: int
    probes: int


THOROUGH = Effort(changed=96, cut=256, probes=72)
USUAL = Effort(changed=48, cut=72, probes=48)
LIGHT = Effort(changed=14, cut=14, probes=16)
LONG = Effort(changed=6, cut=12, probes=0)
# When the time is up.
LEAST = Effort(changed=4, cut=4, probes=4)


@dataclass(frozen=True, kw_only=True)
class CounterExample:
    """A bar whose value depends on what came after it."""

    world: World
    difference: Difference
    how: str  # truncated or perturbed


@dataclass(kw_only=True)
class Proof:
    """What was tried, and what came of it."""

    counter_example: CounterExample | None = None
    undecided: str = ""
    problems: list[str] = field(default_factory=list)
    worlds: int = 0
    compared: int = 0
    runs: int = 0
    # Whether anything at all was said about a bar, and whether that ever changed.
    spoken: set[str] = field(default_factory=set)

    @property
    def verdict(self) -> str:
        """clean, looks_ahead or undecided."""
        if self.counter_example is not None:
            return "looks_ahead"
        return "undecided" if self.undecided else "clean"


class NotDeterministic(Exception):
    """Two runs on the same bars said different things."""


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
        self._script = script
        self._proof = proof
        self._seconds = seconds
        self._futures = cycle(FUTURES)

    def examine(self, world: World, effort: Effort) -> CounterExample | None:
        """Return a counter-example from a world, or None."""
        length = len(world.bars)
        if length < 3:
            return None
        [run] = self._script.run(world, [View.whole(max(0, length - WINDOW), length)])
        if not run.is_ok:
            self._proof.problems.append(f"on {world.instrument} {world.timeframe}: {run.problem}")
            return None
        self._proof.worlds += 1
        self._note_spoken(run)
        if self._is_late():
            effort = LEAST
        if run.said.kind is None:
            return self._examine_stamps(run, effort)
        return self._examine_rows(run, effort)

    # --- scripts that answer for every bar of a window --------------------------------------------

    def _examine_rows(self, run: Run, effort: Effort) -> CounterExample | None:
        world = run.world
        if run.said.kind == CHANGES and run.result.usage.result_ms > SLOW_MS:
            begin = max(0, run.view.end - SHORT_WINDOW)
            [run] = self._script.run(world, [View.whole(begin, run.view.end)])
            if not run.is_ok:
                return None
        found = self._rows_in(run, effort)
        if found is None and effort is THOROUGH and len(world.bars) > WINDOW + LIVE_WINDOW:
            begin = max(0, len(world.bars) - LONG_WINDOW)
            whole = View.whole(begin, len(world.bars), window=LONG_WINDOW)
            [longer] = self._script.run(world, [whole])
            if longer.is_ok and not self._is_late():
                found = self._rows_in(longer, LONG)
        return found

    def _rows_in(self, run: Run, effort: Effort) -> CounterExample | None:
        changed = _batches(self._changed_views(run, effort), BATCH)
        cut = _batches(self._cut_views(run, effort), 2 * BATCH)
        for views, shorter in _alternate(changed, cut):
            found = self._try_changed(run, views) or self._try_cut(run, shorter)
            if found is not None or self._is_late():
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
                futures = FUTURES_OF_A_RARE_BAR if point in rare else (next(self._futures),)
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

    def _try_changed(self, run: Run, views: Sequence[View]) -> CounterExample | None:
        for other in self._others(run.world, views):
            found = self._differences(run, other, until=other.view.known, is_missing_told=True)
            if found:
                return self._confirmed(run, other, found[0])
        return None

    def _try_cut(self, run: Run, views: Sequence[View]) -> CounterExample | None:
        newest_only = run.said.kind == TABLE
        for other in self._others(run.world, views, every_row=not newest_only):
            full = (
                run.said.about(range(other.view.end - 1, other.view.end), way=ROW)
                if newest_only
                else run.said
            )
            found = self._differences(
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
        confirmed = self._try_changed(run, [run.view.changed(known, f) for f in FUTURES])
        if confirmed is not None:
            return confirmed
        moved = run.view.cut_and_moved(known)
        if moved.begin < 0:
            return self._confirmed(run, other, found[0])
        [shifted] = self._script.run(run.world, [moved], every_row=other.every_row)
        if not shifted.is_ok:
            return None
        rough = roughly_same(MOVED_TOLERANCE)
        theirs = shifted.said.values
        left = [
            one
            for one in found
            if one.place not in theirs or not rough(one.full, theirs[one.place])
        ]
        return self._confirmed(run, other, left[0]) if left else None

    # --- scripts that stamp what they say ---------------------------------------------------------

    def _examine_stamps(self, run: Run, effort: Effort) -> CounterExample | None:
        if not run.reading.most_bars:
            return None
        found = self._stamps_in(run, effort.changed)
        if found is not None or self._is_late():
            return found
        for clocks in _batches(iter(self._clocks(run, effort)), BATCH):
            found = self._probe(run.world, clocks)
            if found is not None or self._is_late():
                return found
        return None

    def _stamps_in(self, run: Run, most: int) -> CounterExample | None:
        if not self._earlier(run):
            return None
        begin = max(0, run.view.end - run.reading.most_bars)
        views = self._stamp_views(run, begin, most)
        for some in _batches(views, BATCH):
            found = self._try_changed(run, some)
            if found is not None or self._is_late():
                return found
        return self._try_shorter(run, begin)

    def _stamp_views(self, run: Run, begin: int, most: int) -> Iterator[View]:
        said, view = run.said, run.view
        points = cut_points(said, run.world.bars, begin, view.end, spread=most // 2)
        rare = {bar + 1 for bar in rare_bars(said)}

        def views() -> Iterator[View]:
            for point in points:
                for future in FUTURES_OF_A_RARE_BAR if point in rare else (next(self._futures),):
                    yield view.changed(point, future)

        return islice(views(), most)

    def _try_shorter(self, run: Run, begin: int) -> CounterExample | None:
        """Let shorter windows, which begin where the whole one does, say where to look again."""
        whole = View.whole(begin, run.view.end)
        middle = (begin + run.view.end) // 2
        points = cut_points(run.said, run.world.bars, middle, run.view.end, spread=16)[:16]
        for other in self._others(run.world, [whole.cut(point) for point in points]):
            if self._differences(run, other, until=other.view.end, is_missing_told=False):
                again = [run.view.changed(other.view.end, future) for future in FUTURES]
                found = self._try_changed(run, again)
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
        runs = self._script.run(world, [View.whole(0, clock) for clock in clocks])
        for run in runs:
            if run.is_ok:
                self._note_spoken(run)
        pairs = [pair for run in runs if run.is_ok for pair in self._probing_views(run)]
        for some in _batches(iter(pairs), 3 * BATCH):
            others = self._script.run(world, [view for _, view in some])
            for (run, view), other in zip(some, others, strict=True):
                if not other.is_ok:
                    continue
                found = self._differences(run, other, until=view.known, is_missing_told=True)
                if found:
                    return self._confirmed(run, other, found[0])
            if self._is_late():
                return None
        return None

    def _probing_views(self, run: Run) -> Iterator[tuple[Run, View]]:
        bars = sorted({place.bar for place in self._earlier(run)})
        if bars:
            points = dict.fromkeys(bar + 1 for bar in (bars[-1], bars[-2:][0], bars[0]))
            views = [run.view.changed(p, f) for p in points for f in FUTURES_OF_A_RARE_BAR]
        else:
            known = [run.view.end - back for back in (1, 2, 3, 5) if run.view.end - back > 0]
            views = [run.view.changed(k, next(self._futures)) for k in known]
        return ((run, view) for view in views)

    def _earlier(self, run: Run) -> list[Place]:
        return [place for place in run.said.values if place.bar < run.view.end - 1]

    # --- what both have in common -----------------------------------------------------------------

    def _others(
        self, world: World, views: Sequence[View], *, every_row: bool = True
    ) -> Iterator[Run]:
        if not views:
            return
        for run in self._script.run(world, views, every_row=every_row):
            # A script that fails for want of bars, or for other prices, says nothing of a bar.
            if run.is_ok:
                yield run

    def _differences(
        self, run: Run, other: Run, *, until: int, is_missing_told: bool, full: Said | None = None
    ) -> list[Difference]:
        ours = full or run.said
        self._proof.compared += sum(1 for place in other.said.values if place.bar < until)
        return differences(ours, other.said, until=until, is_missing_told=is_missing_told)

    def _confirmed(self, run: Run, other: Run, found: Difference) -> CounterExample:
        """Return the counter-example once the same runs have shown it again.

        Where the run that could see only up to the bar differs as well, that is what is told.
        """
        [again] = self._script.run(run.world, [run.view], every_row=run.every_row)
        if not again.is_ok or differences(
            run.said, again.said, until=run.view.end, is_missing_told=True
        ):
            raise NotDeterministic("two runs on the same bars said different things")
        [twice] = self._script.run(run.world, [other.view], every_row=other.every_row)
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
        [cut] = self._script.run(run.world, [View.whole(begin, run.view.end).cut(known)])
        if not cut.is_ok:
            return found
        for one in differences(run.said, cut.said, until=known, is_missing_told=True):
            if one.place == found.place:
                return one
        return found

    def _note_spoken(self, run: Run) -> None:
        for output in run.result.outputs:
            self._proof.spoken.add(repr(output["value"]))

    def _is_late(self) -> bool:
        return self._script.cpu_seconds > self._seconds


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


def _alternate(
    one: Iterator[list[View]], other: Iterator[list[View]]
) -> Iterator[tuple[list[View], list[View]]]:
    return zip_longest(one, other, fillvalue=[])
