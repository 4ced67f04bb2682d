"""Which of our values each leaked value is a copy of.

Nothing here looks at a mark. That is what keeps the p-values true: the search for the best
alignment may be as thorough as it likes, since an innocent subscription's signs do not depend
on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
UNMATCHED = -1
ROWS_SHIFTED_MAX = 5
ZONE_SECONDS = 1800  # time zones differ by half hours, up to fourteen hours
ZONES_MAX = 28
DAY_SECONDS = 86_400
SAMPLE = 400
OFFSET_COUNTS = 0.1
ORDER_PAIRS_MAX = 10_000_000
_LEFT, _TAKEN, _SKIPPED = 0, 1, 2


@dataclass(frozen=True)
class Alignment:
    """For each leaked value the index of ours, or UNMATCHED.

    ``distance`` is the typical difference that is left, in units of how much our values vary: near
    0 for a copy, about 1 for anything else.
    """

    indices: Indices
    distance: float


def align_by_time(
    times: Floats, values: Floats, our_times: Floats, our_values: Floats, *, cell_seconds: int
) -> Alignment:
    """Align rows that have times, in any order, whatever their time zone and a few rows off."""
    rows = np.flatnonzero(np.isfinite(times) & np.isfinite(values))
    sample = rows[np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(int)]
    reach = ZONES_MAX if cell_seconds < DAY_SECONDS else 0
    best, least = (0, 0), np.inf
    for zone in sorted(range(-reach, reach + 1), key=abs):
        near = _nearest(times[sample] + zone * ZONE_SECONDS, our_times, within=cell_seconds / 2)
        for shift in sorted(range(-ROWS_SHIFTED_MAX, ROWS_SHIFTED_MAX + 1), key=abs):
            found = _distance(values[sample], _shifted(near, shift, len(our_times)), our_values)
            if found < least - 1e-12:
                best, least = (zone, shift), found
    indices = np.full(len(values), UNMATCHED)
    near = _nearest(times[rows] + best[0] * ZONE_SECONDS, our_times, within=cell_seconds / 2)
    indices[rows] = _shifted(near, best[1], len(our_times))
    return Alignment(indices, _distance(values, indices, our_values))


def align_by_order(values: Floats, our_values: Floats) -> Alignment:
    """Align rows without times that kept their order, some of them perhaps missing."""
    rows = np.flatnonzero(np.isfinite(values))
    indices = np.full(len(values), UNMATCHED)
    slid = _slide(values[rows], our_values)
    if slid is not None:
        indices[rows] = slid
    distance = _distance(values, indices, our_values)
    if distance > 0.1 and len(rows) * len(our_values) <= ORDER_PAIRS_MAX:
        chosen = np.full(len(values), UNMATCHED)
        chosen[rows] = _in_order(values[rows], our_values)
        if (better := _distance(values, chosen, our_values)) < distance:
            return Alignment(chosen, better)
    return Alignment(indices, distance)


def _nearest(times: Floats, ours: Floats, *, within: float) -> Indices:
    after = np.clip(np.searchsorted(ours, times), 1, max(1, len(ours) - 1))
    if len(ours) == 1:
        after = np.zeros(len(times), dtype=np.int64)
        before = after
    else:
        before = after - 1
    nearest = np.where(np.abs(times - ours[before]) <= np.abs(ours[after] - times), before, after)
    return np.where(np.abs(times - ours[nearest]) <= within, nearest, UNMATCHED)


def _shifted(indices: Indices, shift: int, count: int) -> Indices:
    moved = indices + shift
    inside = (indices != UNMATCHED) & (moved >= 0) & (moved < count)
    return np.where(inside, moved, UNMATCHED)


def _distance(values: Floats, indices: Indices, ours: Floats) -> float:
    # A constant that was added to all values is all but forgiven: of two numbers that differ by
    # one, the nearer is meant. So is a minority of wrong values.
    matched = (indices != UNMATCHED) & np.isfinite(values)
    if not matched.any():
        return 1.0
    true = ours[indices[matched]]
    matched_share = float(np.sum(matched) / max(1, np.sum(np.isfinite(values))))
    difference = values[matched] - true
    difference = difference[np.isfinite(difference)]
    if not len(difference):
        return 1.0
    offset = float(np.median(difference))
    left = float(np.median(np.abs(difference - offset))) + OFFSET_COUNTS * abs(offset)
    # Numbers that hardly vary are no copy: what is left of ours then is all that ours vary by.
    scale = _spread(true)
    return min(1.0, left / scale) * matched_share + (1 - matched_share)


def _spread(ours: Floats) -> float:
    finite = ours[np.isfinite(ours)]
    spread = float(np.median(np.abs(finite - np.median(finite)))) if len(finite) else 0.0
    return spread or float(np.std(finite)) or 1.0


def _slide(values: Floats, ours: Floats) -> Indices | None:
    if not len(values) or len(values) > len(ours):
        return None
    picked = np.linspace(0, len(values) - 1, min(len(values), 256)).astype(int)
    starts = np.arange(len(ours) - len(values) + 1)
    costs = np.empty(len(starts))
    for begin in range(0, len(starts), 2000):
        part = starts[begin : begin + 2000]
        difference = values[picked] - ours[part[:, None] + picked]
        difference = difference - np.nanmedian(difference, axis=1, keepdims=True)
        costs[begin : begin + 2000] = np.nanmedian(np.abs(difference), axis=1)
    return np.arange(len(values)) + int(np.nanargmin(costs))


def _in_order(values: Floats, ours: Floats) -> Indices:
    """Match values to ours in order at the least total difference; ours may be left out."""
    skip_cost = 3 * _spread(np.diff(ours))
    costs = np.zeros(len(ours) + 1)
    decisions = np.empty((len(values), len(ours) + 1), dtype=np.int8)
    for row, value in enumerate(values):
        differences = np.nan_to_num(np.abs(value - ours), nan=np.inf)
        taken = np.concatenate([[np.inf], costs[:-1] + np.minimum(differences, 10 * skip_cost)])
        skipped = costs + skip_cost
        either = np.minimum(taken, skipped)
        costs = np.minimum.accumulate(either)
        decisions[row] = np.where(
            costs < either, _LEFT, np.where(taken <= skipped, _TAKEN, _SKIPPED)
        )
    indices = np.full(len(values), UNMATCHED)
    row, column = len(values) - 1, len(ours)
    while row >= 0:
        match decisions[row, column]:
            case 0:
                column -= 1
            case 1:
                indices[row], row, column = column - 1, row - 1, column - 1
            case _:
                row -= 1
    return indices
