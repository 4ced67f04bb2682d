"""Where two runs say different things about the same bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from execution.lookahead.statements import Place, Said

# Sums of the same numbers may be taken in another order when a table is longer: a few units in the
# last of sixteen digits, and what a cancellation leaves of them.
RELATIVE_TOLERANCE = 1e-9
SCALE_TOLERANCE = 1e-13
NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that is not the same in two runs."""

    place: Place
    full: Any
    changed: Any


def differences(
    full: Said,
    changed: Said,
    *,
    until: int,
    is_missing_told: bool,
    same: Callable[[Any, Any], bool] | None = None,
) -> list[Difference]:
    """Return what two runs say differently about the bars before ``until``, by bar and field.

    ``is_missing_told`` says whether it counts that one of them says nothing where the other does.
    """
    equal = same or _equal_on_scale(full)
    places = (
        full.values.keys() | changed.values.keys()
        if is_missing_told
        else (full.values.keys() & changed.values.keys())
    )
    found = []
    for place in sorted(place for place in places if place.bar < until):
        ours = full.values.get(place, NOTHING)
        theirs = changed.values.get(place, NOTHING)
        if equal(ours, theirs) or _is_pushed_out(place, full, changed):
            continue
        found.append(Difference(place=place, full=ours, changed=theirs))
    return found


def _is_pushed_out(place: Place, full: Said, changed: Said) -> bool:
    if place in full.values and place in changed.values:
        return False
    speaking, silent = (full, changed) if place in full.values else (changed, full)
    word = speaking.values.get(place._replace(field=_value_of(place)))
    return silent.ends_before(place, word, speaking)


def _value_of(place: Place) -> str:
    # The value of the signal that a field belongs to, which may be the second of its bar.
    prefix = place.field.split(" ", 1)[0] + " " if place.field.startswith("#") else ""
    return prefix + "value"


def roughly_same(tolerance: float) -> Callable[[Any, Any], bool]:
    """Return a comparison of values that lets numbers differ by a relative tolerance."""

    def same(one: Any, other: Any) -> bool:
        if _is_number(one) and _is_number(other):
            return math.isclose(one, other, rel_tol=tolerance)
        return type(one) is type(other) and bool(one == other)

    return same


def relative_difference(one: Any, other: Any) -> float | None:
    """Return by how much two numbers differ, of the larger; None for what are not two numbers."""
    if not (_is_number(one) and _is_number(other)):
        return None
    larger = max(abs(one), abs(other))
    return abs(one - other) / larger if larger else 0.0


def _equal_on_scale(full: Said) -> Callable[[Any, Any], bool]:
    scale = max(map(abs, _numbers(full.values.values())), default=0.0)
    least = scale * SCALE_TOLERANCE

    def same(one: Any, other: Any) -> bool:
        if _is_number(one) and _is_number(other):
            return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=least)
        return type(one) is type(other) and bool(one == other)

    return same


def _numbers(values: Iterable[Any]) -> Iterable[float]:
    return (float(value) for value in values if _is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
