"""Whose copy leaked: align the leak with our exact values, and weigh what differs.

Knows values, places and keys; knows no product, no person and no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from streams.watermarks.alignment import UNMATCHED, Alignment, align_by_order, align_by_time
from streams.watermarks.embedding import Place
from streams.watermarks.evidence import log_p_values, score, values_needed
from streams.watermarks.leaks import Leak, LeakedColumn

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
ALIKE = 0.5  # a column further from a field than this is something else
OUTLIER = 3.0  # a difference counts for no more than so many typical ones
Verdict = Literal["suspects", "no_suspect", "too_few", "exact", "unlike"]


@dataclass(frozen=True)
class OurField:
    """One number of a series: what it truly was, and by how much a mark moves it."""

    name: str
    values: Floats
    moves: Floats


@dataclass(frozen=True)
class OurSeries:
    """The exact outputs of one stream, by time; every array has one entry an output."""

    place: Place
    times: Floats
    cells: Cells
    fields: tuple[OurField, ...]


@dataclass(frozen=True)
class Suspect:
    """How well one subscription's marks agree with the leak.

    ``p_value`` bounds how probable such an agreement is for one innocent subscription, given as a
    power of ten; ``adjusted`` is that for the best of all that were compared.
    """

    subscription_id: str
    agreeing: int
    log10_p: float
    log10_adjusted: float


@dataclass(frozen=True)
class Finding:
    """What a search found; the suspects are ranked, the most suspicious first."""

    verdict: Verdict
    series: OurSeries | None
    rows: int
    matched: int
    marked: int
    needed: int
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True)
class _Match:
    field: OurField
    column: LeakedColumn
    alignment: Alignment


def find_suspects(
    leak: Leak,
    series: Sequence[OurSeries],
    keys: Mapping[str, bytes],
    *,
    probability: float,
) -> Finding:
    """Rank subscriptions by how well their marks explain a leak.

    Parameters
    ----------
    keys
        The key of every subscription that could have been given the outputs.
    probability
        With which, at most, a search may accuse anybody who is innocent.
    """
    needed = values_needed(len(keys), probability)
    found, matches = _best_series(leak, series)
    if found is None:
        return Finding("unlike", None, leak.rows, 0, 0, needed)
    matched = max(int(np.sum(one.alignment.indices != UNMATCHED)) for one in matches)
    fields = _weights(found, matches)
    marked = sum(len(cells) for _, cells, _ in fields)
    if marked == 0:
        return Finding("exact", found, leak.rows, matched, 0, needed)
    suspects = _ranked(found, fields, keys)
    accused = bool(suspects) and suspects[0].log10_adjusted <= np.log10(probability)
    verdict: Verdict = "suspects" if accused else "no_suspect"
    if not accused and marked < needed:
        verdict = "too_few"
    return Finding(verdict, found, leak.rows, matched, marked, needed, suspects)


def _ranked(
    series: OurSeries,
    fields: Sequence[tuple[str, Cells, Floats]],
    keys: Mapping[str, bytes],
) -> tuple[Suspect, ...]:
    if not keys:
        return ()
    scores, agreeing = score(list(keys.values()), series.place, fields)
    weights = np.concatenate([weights for _, _, weights in fields])
    logs = log_p_values(scores, weights) / np.log(10)
    adjusted = np.minimum(logs + np.log10(len(keys)), 0.0)
    order = np.argsort(logs, kind="stable")
    names = list(keys)
    return tuple(
        Suspect(names[i], int(agreeing[i]), float(logs[i]), float(adjusted[i])) for i in order
    )


def _best_series(leak: Leak, series: Sequence[OurSeries]) -> tuple[OurSeries | None, list[_Match]]:
    best: tuple[float, OurSeries | None, list[_Match]] = (ALIKE, None, [])
    for one in series:
        matches = [match for column in leak.columns if (match := _match(leak, column, one))]
        closest = min((match.alignment.distance for match in matches), default=1.0)
        if closest < best[0]:
            best = (closest, one, matches)
    return best[1], best[2]


def _match(leak: Leak, column: LeakedColumn, series: OurSeries) -> _Match | None:
    candidates = [field for field in series.fields if np.isfinite(field.values).any()]
    named = [field for field in candidates if _is_called(field.name, column.name)]
    best: _Match | None = None
    for field in named or candidates:
        alignment = _align(leak, column, series, field)
        if alignment.distance < (best.alignment.distance if best else ALIKE):
            best = _Match(field, column, alignment)
    return best


def _is_called(field: str, column: str) -> bool:
    return bool(column) and column.lower() in (field.lower(), field.rpartition(".")[2].lower())


def _align(leak: Leak, column: LeakedColumn, series: OurSeries, field: OurField) -> Alignment:
    if leak.times is None:
        return align_by_order(column.values, field.values)
    return align_by_time(
        leak.times,
        column.values,
        series.times,
        field.values,
        cell_seconds=series.place.cell_seconds,
    )


def _weights(series: OurSeries, matches: Sequence[_Match]) -> list[tuple[str, Cells, Floats]]:
    """Return for each field its bars and how much each speaks for a mark upwards."""
    by_field: dict[str, list[tuple[Cells, Floats]]] = {}
    for match in matches:
        rows = np.flatnonzero(match.alignment.indices != UNMATCHED)
        ours = match.alignment.indices[rows]
        true, moves = match.field.values[ours], match.field.moves[ours]
        usable = np.isfinite(true) & (moves > 0)
        if usable.any():
            weights = _weigh(match.column.values[rows[usable]], true[usable], moves[usable])
            cells = series.cells[ours[usable]]
            by_field.setdefault(match.field.name, []).append((cells, weights))
    return [
        (name, cells, weights)
        for name, parts in by_field.items()
        if len((found := _per_cell(parts))[0])
        for cells, weights in [found]
    ]


def _per_cell(parts: Sequence[tuple[Cells, Floats]]) -> tuple[Cells, Floats]:
    # All of one bar is moved the same way, so it is one sign and has one weight.
    cells, position = np.unique(np.concatenate([c for c, _ in parts]), return_inverse=True)
    weights = np.bincount(position, weights=np.concatenate([w for _, w in parts]))
    speaks = weights != 0
    return cells[speaks], weights[speaks]


def _weigh(values: Floats, true: Floats, moves: Floats) -> Floats:
    difference = _without_trend(values - true, true, moves)
    typical = max(float(np.median(np.abs(difference))), float(np.median(moves)) / 4)
    clipped = np.clip(difference / typical, -OUTLIER, OUTLIER)
    # What is less than a hundredth of a mark is how numbers are written, not a mark.
    clipped[np.abs(difference) < moves / 100] = 0.0
    weights: Floats = clipped * (moves / float(np.median(moves)))
    return weights


def _without_trend(difference: Floats, true: Floats, moves: Floats) -> Floats:
    """Take out an offset or a scale, where more than the mark was changed."""
    if np.median(np.abs(difference) / moves) <= 1.5 or len(difference) < 10:
        return difference
    design = np.column_stack([np.ones(len(true)), true - np.median(true)])
    kept = np.ones(len(true), dtype=bool)
    left = difference
    for _ in range(4):
        fit, *_ = np.linalg.lstsq(design[kept], difference[kept], rcond=None)
        left = difference - design @ fit
        kept = np.abs(left) <= OUTLIER * max(float(np.median(np.abs(left))), 1e-300)
    return left
