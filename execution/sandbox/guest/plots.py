"""What a script draws: lines of numbers over time, for people who look at its outputs."""

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from execution.sandbox import protocol
from execution.sandbox.guest.conversation import Conversation

_NS_PER_MS = 1_000_000
_COLOR = re.compile(protocol.PLOT_COLOR)


def plots_of(
    series: Any,
    name: str,
    options: dict[str, Any],
    panel: str | None,
    overlay: bool | None,
    conversation: Conversation,
) -> Iterator[dict[str, Any]]:
    """Return what plot() was asked to draw, ready to be sent; a table has a plot per column."""
    if isinstance(series, pd.DataFrame):
        for column in series.columns:
            full = f"{name} {column}".strip()
            yield from plots_of(
                series[column], full, options, panel or name or None, overlay, conversation
            )
        return
    name = _short_text(name or getattr(series, "name", None) or "", "the name of a plot")
    instants, values = _points_of(series, conversation)
    yield {
        "name": name,
        "options": _check_options(options) | {"panel": _panel(name, panel, overlay)},
        "timestamps": _ascending(instants),
        "values": [value if math.isfinite(value) else None for value in values.tolist()],
    }


def _short_text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {type(value).__name__}")
    if not 0 < len(value) <= protocol.PLOT_NAME_CHARACTERS_MAXIMUM:
        raise ValueError(f"{what} has 1 to {protocol.PLOT_NAME_CHARACTERS_MAXIMUM} characters")
    return value


def _panel(name: str, panel: str | None, overlay: bool | None) -> str:
    if panel is not None and not overlay:
        return _short_text(panel, "the panel of a plot")
    return name if overlay is False else protocol.PRICE_PANEL


def _check_options(options: dict[str, Any]) -> dict[str, Any]:
    color, style, width = options["color"], options["style"], options["width"]
    if color is not None and not (isinstance(color, str) and _COLOR.fullmatch(color)):
        raise ValueError(f"a color is '#2962ff' or a name such as 'orange', not {color!r:.40}")
    if style not in protocol.PLOT_STYLES:
        raise ValueError(f"a style is one of {', '.join(protocol.PLOT_STYLES)}, not {style!r:.40}")
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= 10:
        raise ValueError(f"a width is a number up to 10, not {width!r:.40}")
    return {"color": color, "style": style, "width": float(width)}


def _points_of(
    series: Any, conversation: Conversation
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    if isinstance(series, int | float | np.number):
        return _level(float(series), conversation)
    try:
        values = np.asarray(series, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            "plot() draws a Series, an array or a list of numbers, or one number"
        ) from None
    if values.ndim != 1:
        raise ValueError(f"plot() draws one line at a time, not {values.ndim} dimensions")
    index = series.index if isinstance(series, pd.Series) else None
    if isinstance(index, pd.DatetimeIndex):
        return _nanoseconds(index), values
    instants = conversation.instants_of_length(len(values))
    if instants is None:
        raise ValueError(
            f"plot() cannot tell the times of {len(values)} points; "
            "give it a Series with the index of the data"
        )
    return instants, values


def _level(
    value: float, conversation: Conversation
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    instants = conversation.newest_instants
    if instants is None or not len(instants):
        raise ValueError("plot() draws one number across the data; read the data first")
    ends = instants[[0, -1]] if len(instants) > 1 else instants
    return ends, np.full(len(ends), value)


def _nanoseconds(index: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    # An index without a zone is UTC, as the run's clock is.
    return index.as_unit("ns").asi8


def _ascending(instants: npt.NDArray[np.int64]) -> list[int]:
    milliseconds = instants // _NS_PER_MS
    if len(milliseconds) > 1 and not bool((np.diff(milliseconds) > 0).all()):
        raise ValueError("plot() needs every instant once and in order; use sort_index()")
    if len(milliseconds) and milliseconds[0] < 0:
        raise ValueError("plot() needs an instant for every value, after 1970")
    return [int(instant) for instant in milliseconds]
