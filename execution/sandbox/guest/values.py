"""How what a script computes becomes JSON: numbers, text, lists and dictionaries, nothing else."""

import datetime
import math
from collections import deque
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.protocol import INTEGER_BITS_MAXIMUM

DEPTH_MAXIMUM = 24
# Larger numbers of seconds since 1970 are milliseconds, which nobody means to say.
_SECONDS_MAXIMUM = 1e11


class NotSendable(TypeError):
    """An output holds an object that is not a number, text, a list or a dictionary."""


def to_json_value(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON can say it; NaN and infinities become None.

    Raises
    ------
    NotSendable
        The value holds something JSON has no word for, or is nested too deeply.
    """
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind in (str, bool) or value is None:
        return value
    if kind is int:
        return _bounded_integer(value)
    if depth >= DEPTH_MAXIMUM:
        raise NotSendable(f"an output may be nested {DEPTH_MAXIMUM} levels deep, not deeper")
    if isinstance(value, dict):
        return _table(value, depth)
    if isinstance(value, list | tuple | deque | range):
        return [to_json_value(item, depth + 1) for item in value]
    return _library_value(value, depth)


def _bounded_integer(value: int) -> int:
    if value.bit_length() > INTEGER_BITS_MAXIMUM:
        raise NotSendable(f"a whole number of an output has at most {INTEGER_BITS_MAXIMUM} bits")
    return value


def _table(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    table = {_key(key): to_json_value(item, depth + 1) for key, item in value.items()}
    if len(table) != len(value):
        raise NotSendable("two keys of an output are the same when written as text")
    return table


def _key(key: Any) -> str:
    if type(key) is str:
        return key
    if isinstance(key, str | int | float | bool | np.generic | datetime.date) or key is None:
        plain = to_json_value(key)
        return plain if isinstance(plain, str) else str(plain)
    if isinstance(key, tuple):
        return "_".join(_key(part) for part in key)
    raise NotSendable(f"a key of an output has to be text, not {type(key).__name__}")


def _library_value(value: Any, depth: int) -> Any:
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.datetime64):
        return to_json_value(pd.Timestamp(value), depth)
    if isinstance(value, np.timedelta64 | datetime.timedelta):
        return pd.Timedelta(value).total_seconds()
    if isinstance(value, np.generic):
        plain = value.item()
        # A number that is wider than Python's own stays what it is.
        return to_json_value(float(plain) if isinstance(plain, np.generic) else plain, depth + 1)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return to_json_value(value.tolist(), depth + 1)
    if isinstance(value, pd.DataFrame):
        return to_json_value(value.to_dict("records"), depth + 1)
    if isinstance(value, int | float | str):
        return to_json_value(_plain(value), depth + 1)
    raise NotSendable(
        f"an object of type {type(value).__name__} cannot be sent; "
        "send numbers, text, lists and dictionaries"
    )


def _plain(value: Any) -> Any:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return None


def shape_output(data: dict[Any, Any]) -> dict[str, Any]:
    """Return a dictionary that describes an output as JSON, its timestamp as ISO text.

    Raises
    ------
    NotSendable
        It holds something JSON has no word for, or a timestamp that is no instant.
    """
    shaped: dict[str, Any] = to_json_value(data)
    timestamp = shaped.pop("timestamp", None)
    return shaped if timestamp is None else shaped | {"timestamp": _instant(timestamp)}


def shape_result(value: Any) -> Any:
    """Return what a script assigned to `result`; a dictionary without a value is the value."""
    if not isinstance(value, dict):
        return to_json_value(value)
    shaped = shape_output(value)
    if "value" in shaped:
        return shaped
    at = {name: shaped.pop(name) for name in ("timestamp",) if name in shaped}
    return {"value": shaped, **at}


def _instant(timestamp: Any) -> str:
    # Texts and numbers without a zone are UTC, as the run's clock is.
    instant = _parsed(timestamp)
    if instant is None:
        raise NotSendable(
            "the timestamp of an output is an instant: ISO 8601 text such as get_timestamp(), "
            f"an index entry such as data.index[-1], or seconds since 1970, not {timestamp!r:.60}"
        )
    if isinstance(timestamp, str) and instant.tzinfo is not None:
        return timestamp
    return instant.replace(tzinfo=datetime.UTC).isoformat()


def _parsed(timestamp: Any) -> datetime.datetime | None:
    try:
        if isinstance(timestamp, str):
            return datetime.datetime.fromisoformat(timestamp)
        if isinstance(timestamp, int | float) and 0 <= timestamp < _SECONDS_MAXIMUM:
            return datetime.datetime.fromtimestamp(timestamp, tz=datetime.UTC)
    except ValueError:
        return None
    return None
