"""How much history a script needs before its newest value does not depend on how much it has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from execution.lookahead.comparison import relative_difference
from execution.lookahead.runs import Run, Script
from execution.lookahead.statements import fields_of
from execution.lookahead.world import View, World

LENGTHS = (30, 50, 100, 150, 200, 300, 500, 750)
LONGEST = 1000
CLOCKS = 12
BARS_BETWEEN_CLOCKS = 17
# What a recursion still remembers of its start below this is nothing that anybody acts on.
TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class StartLength:
    """How far runs with so many bars of history are from runs with the most there are."""

    bars: int
    differing: int
    largest_relative_difference: float


@dataclass(frozen=True, kw_only=True)
class StartUp:
    """What a script needs before it may be relied on; None where nothing could be recommended."""

    recommended: int | None
    lengths: Sequence[StartLength]


def start_up_of(script: Script, world: World) -> StartUp:
    """Compare a script's newest values at several clocks, with ever shorter histories."""
    clocks = _clocks(len(world.bars))
    longest = min(LONGEST, clocks[-1] if clocks else 0)
    references = _newest(script, world, clocks, longest)
    if not any(references):
        return StartUp(recommended=None, lengths=())
    lengths = [
        _compare(length, references, _newest(script, world, clocks, length))
        for length in LENGTHS
        if length < longest
    ]
    settled = [one.bars for one in lengths]
    for one in reversed(lengths):
        if one.differing:
            settled = [bars for bars in settled if bars > one.bars]
            break
    return StartUp(recommended=min(settled, default=None), lengths=lengths)


def _clocks(bars: int) -> list[int]:
    spread = range(bars, bars // 2, -BARS_BETWEEN_CLOCKS)
    return list(spread)[:CLOCKS]


def _newest(
    script: Script, world: World, clocks: Sequence[int], length: int
) -> list[Mapping[str, Any] | None]:
    views = [View.whole(max(0, clock - length), clock, window=max(1, length)) for clock in clocks]
    if not views:
        return []
    return [_fields(run) for run in script.run(world, views, every_row=False)]


def _fields(run: Run) -> Mapping[str, Any] | None:
    if not run.is_ok or not run.result.outputs:
        return None
    return dict(fields_of(run.result.outputs[-1]))


def _compare(
    length: int,
    references: Sequence[Mapping[str, Any] | None],
    found: Sequence[Mapping[str, Any] | None],
) -> StartLength:
    apart = [_distance(one, other) for one, other in zip(references, found, strict=True)]
    return StartLength(
        bars=length,
        differing=sum(distance > TOLERANCE for distance in apart),
        largest_relative_difference=max(
            (distance for distance in apart if math.isfinite(distance)), default=0.0
        ),
    )


def _distance(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    if one.keys() != other.keys():
        return math.inf
    return max((_apart(one[name], other[name]) for name in one), default=0.0)


def _apart(one: Any, other: Any) -> float:
    relative = relative_difference(one, other)
    if relative is not None:
        return relative
    return 0.0 if type(one) is type(other) and one == other else math.inf
