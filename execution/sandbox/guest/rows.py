"""Rows of a table as outputs: when a bar closes, and what a computed row says."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.guest.values import shape_output, to_json_value
from execution.sandbox.guest.words import DialectError

_SECONDS_OF_UNIT = {"m": 60, "h": 3600, "d": 86_400}
_SPELLING = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_DAY_NS = 86_400 * 1_000_000_000
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def closing_instants(index: pd.DatetimeIndex, timeframe: str | None) -> pd.DatetimeIndex:
    """Return when bars close; a day that the length does not divide ends with a shorter bar.

    Without a timeframe a bar is an instant, as bars that a caller brings along may be.
    """
    if timeframe is None:
        return index
    spelled = _SPELLING.fullmatch(timeframe)
    if spelled is None:
        raise ValueError(f"{timeframe!r} is no timeframe; write 5m, 1h or 1d")
    length = int(spelled[1]) * _SECONDS_OF_UNIT[spelled[2]] * 1_000_000_000
    opened = index.asi8
    closed = opened + length
    if length < _DAY_NS:
        closed = np.minimum(closed, (opened // _DAY_NS + 1) * _DAY_NS)
    return pd.DatetimeIndex(closed.view("datetime64[ns]"), tz="UTC")


def takes_arguments(function: Any, count: int) -> bool:
    """Return whether a function takes exactly so many arguments, and needs nothing else."""
    parameters = inspect.signature(function).parameters.values()
    return len(parameters) == count and all(one.kind in _POSITIONAL for one in parameters)


def require_alignment(values: Any, data: pd.DataFrame, form: str, function: Any) -> None:
    """Refuse a Series or a DataFrame that has not exactly one row for every bar."""
    if len(values) != len(data):
        raise DialectError(
            f"{form} returned {len(values)} rows for {len(data)} bars; "
            "return one row for every bar, without dropna()",
            function=function,
        )
    if isinstance(values.index, pd.RangeIndex) or values.index.equals(data.index):
        return
    raise DialectError(
        f"{form} returned rows of other instants; return rows with the index of data",
        function=function,
    )


def compute_rows(compute: Any, data: pd.DataFrame, params: Any) -> pd.Series | pd.DataFrame:
    """Return what a script's compute(data, params) makes of a window, one row for every bar."""
    form = "compute(data, params)"
    if not takes_arguments(compute, 2):
        raise DialectError(
            "compute takes two arguments; write compute(data, params)", function=compute
        )
    # What a script changes in its copy does not change the instants its rows are checked against.
    computed = compute(data.copy(), params)
    if not isinstance(computed, pd.Series | pd.DataFrame):
        raise DialectError(
            f"{form} returns a Series or a DataFrame, not {type(computed).__name__}",
            function=compute,
        )
    require_alignment(computed, data, form, compute)
    return computed


def newest_row(computed: pd.Series | pd.DataFrame) -> Any:
    """Return the output of the newest bar, or None without bars."""
    return _shape_row(computed, len(computed) - 1) if len(computed) else None


def every_row(computed: pd.Series | pd.DataFrame, closes: pd.DatetimeIndex) -> list[dict[str, Any]]:
    """Return an output for every bar, as of its close."""
    stamps = [instant.isoformat() for instant in closes.to_pydatetime()]
    shaped = zip(stamps, _shape_rows(computed), strict=True)
    return [{"timestamp": at, **row} for at, row in shaped]


def _shape_rows(computed: pd.Series | pd.DataFrame) -> Iterator[dict[str, Any]]:
    if isinstance(computed, pd.Series):
        return ({"value": to_json_value(value)} for value in computed.tolist())
    values = computed.to_numpy()
    if values.dtype.kind in "mM":
        # As a list, instants would be plain numbers.
        return (_shape_row(computed, position) for position in range(len(computed)))
    names = list(computed.columns)
    return (_shape_columns(dict(zip(names, row, strict=True))) for row in values.tolist())


def _shape_row(computed: pd.Series | pd.DataFrame, position: int) -> dict[str, Any]:
    row = computed.iloc[position]
    if isinstance(computed, pd.Series):
        return {"value": to_json_value(row)}
    return _shape_columns(row.to_dict())


def _shape_columns(columns: dict[Any, Any]) -> dict[str, Any]:
    return shape_output(columns if "value" in columns else {"value": columns})
