"""How the author of a version draws it: which of its numbers in which panel, and what levels.

A live run draws nothing. What ``plot()`` was given while the version was tried says where a
number belongs: a plot is matched with the field of the outputs that held the same values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from common import row_scope
from common.clock import parse_instant
from execution.models import Trial, TrialStatus
from registry.models import ScriptVersion

MATCHES_AT_LEAST = 3
RELATIVE_TOLERANCE = 1e-6

Series = Mapping[float, float]  # by seconds since 1970


class Line(TypedDict):
    """One line: of the outputs' ``field``, or without one a level at ``value``."""

    field: str | None
    value: float | None
    name: str
    panel: str
    style: str
    colour: str | None


# What its author drew is for whoever may follow the version; the trial itself is not.
@row_scope.for_the_platform
def lines_of(version: ScriptVersion) -> list[Line]:
    """Return how a version is drawn; nothing when its author drew nothing that is put out."""
    tried = Trial.objects.filter(
        version=version,
        source_sha256=version.source_sha256,
        status=TrialStatus.COMPLETED,
    ).exclude(plots=[])
    trial = tried.order_by("-finished_at").first()
    if trial is None:
        return []
    fields = _fields_of(trial.outputs)
    drawn = (_line(plot, fields) for plot in trial.plots)
    return [line for line in drawn if line is not None]


def _line(plot: dict[str, Any], fields: Mapping[str, Series]) -> Line | None:
    points = _points_of(plot)
    if not points:
        return None
    field = _field_drawn(plot["name"], points, fields)
    levels = set(points.values())
    if field is None and len(levels) > 1:
        return None
    options = plot["options"]
    return Line(
        field=field,
        value=levels.pop() if field is None else None,
        name=plot["name"],
        panel=options.get("panel") or "price",
        style=options.get("style") or "line",
        colour=options.get("color"),
    )


def _field_drawn(name: str, points: Series, fields: Mapping[str, Series]) -> str | None:
    fitting = [field for field, series in fields.items() if _agree(points, series)]
    named = [field for field in fitting if field.lower() == name.lower()]
    return next(iter(named or fitting), None)


def _agree(points: Series, series: Series) -> bool:
    common = points.keys() & series.keys()
    return len(common) >= MATCHES_AT_LEAST and all(
        abs(points[at] - series[at]) <= RELATIVE_TOLERANCE * max(1.0, abs(series[at]))
        for at in common
    )


def _points_of(plot: dict[str, Any]) -> Series:
    pairs = zip(plot["timestamps"], plot["values"], strict=True)
    return {parse_instant(at).timestamp(): value for at, value in pairs if value is not None}


def _fields_of(outputs: Sequence[dict[str, Any]]) -> dict[str, dict[float, float]]:
    fields: dict[str, dict[float, float]] = {}
    for output in outputs:
        at = parse_instant(output["bar"]).timestamp()
        value = output.get("value")
        named = value if isinstance(value, dict) else {"value": value}
        for name, number in {**(output.get("metadata") or {}), **named}.items():
            if isinstance(number, int | float) and not isinstance(number, bool):
                fields.setdefault(name, {})[at] = float(number)
    return fields
