"""How far the author of a script lets a mark move each of its numbers.

Knows the manifest's ``watermark`` and the bounds of its output schema; knows no subscription.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from common.canonical import canonical_json

DIGITS_MAX = 16  # a number of more digits before its point has none behind it
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a mark may do to one number of an output.

    ``path`` leads to it. ``step`` is what the number is a multiple of; None: the last decimal that
    it shows. ``lowest`` and ``highest`` are never reached by a marked number.
    """

    path: tuple[str, ...]
    absolute: Decimal | None = None
    relative: Decimal | None = None
    step: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @property
    def field(self) -> str:
        """Return the path as the manifest spells it."""
        return ".".join(self.path)

    def shift_of(self, number: float) -> tuple[int, Decimal]:
        """Return by how many steps of which size a number is moved, up or down.

        No steps mean that it is left as it is. A number that may be moved may be moved both ways,
        so that whether it was moved says nothing about which.
        """
        exact = Decimal(repr(number))
        if not exact or exact.adjusted() >= DIGITS_MAX:
            return 0, Decimal(0)
        step = self.step
        if step is None:
            exponent = exact.as_tuple().exponent
            # Whole numbers may stand for sides, counts or categories.
            if not isinstance(exponent, int) or exponent >= 0 or exact == exact.to_integral_value():
                return 0, Decimal(0)
            step = Decimal(1).scaleb(exponent)
        room = [abs(exact)]
        if self.lowest is not None:
            room.append(exact - self.lowest)
        if self.highest is not None:
            room.append(self.highest - exact)
        bound, nearest = self._bound(exact), min(room)
        if nearest <= 0:
            return 0, step
        # The tolerance may be used up; zero and the schema's bounds are not to be reached.
        most = bound // step if bound < nearest else -(-nearest // step) - 1
        return max(0, int(most)), step

    def allows(self, exact: float, marked: float) -> bool:
        """Tell whether a marked number is one that this tolerance permits, to the last digit."""
        true, seen = Decimal(repr(exact)), Decimal(repr(marked))
        if abs(seen - true) > self._bound(true):
            return False
        if (true > 0) is not (seen > 0) or (true < 0) is not (seen < 0):
            return False
        return (self.lowest is None or seen > self.lowest or seen == true) and (
            self.highest is None or seen < self.highest or seen == true
        )

    def _bound(self, exact: Decimal) -> Decimal:
        if self.absolute is not None:
            return self.absolute
        return abs(exact) * (self.relative or Decimal(0))


def tolerances_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return what a manifest lets a mark change, as it is kept with each output.

    The bounds and the ``multipleOf`` that the output schema gives a number are part of it. Empty
    when the author declared nothing.
    """
    declared = (manifest.get("watermark") or {}).get("tolerance") or {}
    schema = manifest["output_schema"]
    return {field: {**_told_by(schema, field), **rule} for field, rule in declared.items()}


def read_tolerances(kept: Mapping[str, Mapping[str, float]] | None) -> tuple[Tolerance, ...]:
    """Return tolerances from the spelling of ``tolerances_of``."""
    return _read(canonical_json(kept)) if kept else ()


@lru_cache(maxsize=1024)
def _read(spelling: bytes) -> tuple[Tolerance, ...]:
    return tuple(_tolerance(field, rule) for field, rule in json.loads(spelling).items())


def _tolerance(field: str, rule: Mapping[str, float]) -> Tolerance:
    numbers = {name: Decimal(repr(number)) for name, number in rule.items()}
    lowest = [numbers[name] for name in ("minimum", "exclusiveMinimum") if name in numbers]
    highest = [numbers[name] for name in ("maximum", "exclusiveMaximum") if name in numbers]
    return Tolerance(
        path=tuple(field.split(".")),
        absolute=numbers.get("absolute"),
        relative=numbers.get("relative"),
        step=numbers.get("step", numbers.get("multipleOf")),
        lowest=max(lowest, default=None),
        highest=min(highest, default=None),
    )


def _told_by(schema: Any, field: str) -> dict[str, float]:
    for name in field.split("."):
        if not isinstance(schema, Mapping):
            return {}
        schema = (schema.get("properties") or {}).get(name)
    if not isinstance(schema, Mapping):
        return {}
    told = {name: schema[name] for name in (*_BOUNDS, "multipleOf") if name in schema}
    return {name: number for name, number in told.items() if type(number) in (int, float)}
