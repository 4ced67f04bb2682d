"""Where to cut: the bars after which another future is most likely to show.

The choice follows from the bars and from what the script said about them, so it is the same every
time. Rare values come first, for a rare branch is where something is easily overlooked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

import numpy as np

from execution.lookahead.bars import Bars
from execution.lookahead.statements import Said

_RARE_SHARE = 0.08
_RARE_BARS = 24
_JUMPS = 10
_EXTREMES = 6
_EARLY = (1, 2, 4, 8, 14, 21, 34, 55, 89, 144)


def cut_points(said: Said, bars: Bars, begin: int, end: int, *, spread: int) -> list[int]:
    """Return numbers of known bars to cut at, the most telling first, each once.

    ``spread`` is how many are laid evenly over all bars; a cut leaves at least one bar on each
    side.
    """
    lists = [
        [bar + 1 for bar in rare_bars(said)],
        [bar + ahead for bar in _extreme_bars(bars, begin, end) for ahead in (0, 1)],
        [bar + ahead for bar in _jumps(said) for ahead in (0, 1)],
        _spread(begin, end, spread),
        [begin + bars_known for bars_known in _EARLY],
    ]
    mixed = chain.from_iterable(zip_longest(*lists))
    allowed = (cut for cut in mixed if cut is not None and begin < cut < end)
    return list(dict.fromkeys(allowed))


def rare_bars(said: Said) -> list[int]:
    """Return bars about which something is said that is seldom said, newest and oldest by turns."""
    by_field: dict[tuple[str, str], list[tuple[int, Any]]] = {}
    for place, value in said.values.items():
        by_field.setdefault((place.way, place.field), []).append((place.bar, value))
    found: list[int] = []
    for values in by_field.values():
        found += _rare_of(sorted(values, key=lambda pair: pair[0]))
    return list(dict.fromkeys(_evenly(sorted(set(found)), _RARE_BARS)))


def _rare_of(values: Sequence[tuple[int, Any]]) -> Iterator[int]:
    signatures = [_signature(value) for _, value in values]
    counts = Counter(signatures)
    distinct = len(counts)
    # Numbers that are nearly all different are no words, and none of them is rare.
    most = max(1, math.ceil(len(values) * _RARE_SHARE)) if distinct <= len(values) // 3 else 0
    for (bar, _), signature in zip(values, signatures, strict=True):
        if counts[signature] <= most:
            yield bar


def _signature(value: Any) -> str:
    return f"{type(value).__name__}:{value!r}"


def _jumps(said: Said) -> list[int]:
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for place, value in said.values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            series.setdefault((place.way, place.field), []).append((place.bar, float(value)))
    found: list[int] = []
    for points in series.values():
        points.sort()
        steps = np.abs(np.diff([value for _, value in points]))
        largest = np.argsort(-steps, kind="stable")[: _JUMPS // 2]
        found += [points[int(step) + side][0] for step in largest for side in (0, 1)]
    return list(dict.fromkeys(found))[: 2 * _JUMPS]


def _extreme_bars(bars: Bars, begin: int, end: int) -> list[int]:
    close = bars.columns["close"][begin:end]
    moves = np.abs(np.diff(np.log(close), prepend=math.log(close[0]) if len(close) else 0.0))
    wide = (bars.columns["high"] - bars.columns["low"])[begin:end] / close
    found = [
        [begin + int(position) for position in np.argsort(-values, kind="stable")[:_EXTREMES]]
        for values in (moves, bars.columns["volume"][begin:end], wide)
    ]
    return list(
        dict.fromkeys(bar for some in zip_longest(*found) for bar in some if bar is not None)
    )


def _spread(begin: int, end: int, count: int) -> list[int]:
    # By halves, so that a few of them already lie all over the bars.
    points = np.linspace(begin, end, count + 2)[1:-1].astype(int).tolist()
    order = sorted(range(len(points)), key=lambda i: (_reversed_bits(i), i))
    return [points[i] for i in order]


def _reversed_bits(number: int) -> int:
    return int(f"{number:012b}"[::-1], 2)


def _evenly(bars: Sequence[int], count: int) -> Iterable[int]:
    if len(bars) <= count:
        return bars
    return [bars[int(i)] for i in np.linspace(0, len(bars) - 1, count)]
