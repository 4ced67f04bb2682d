"""Where pandas takes names or functions and looks them up by itself, only listed ones get by."""

import functools
from collections.abc import Callable
from typing import Any

from execution.sandbox import policy

# Which positional argument of a method is the name or function.
_FUNCTION_POSITION = {
    "agg": 0,
    "aggregate": 0,
    "apply": 0,
    "map": 0,
    "pipe": 0,
    "pivot_table": 3,
    "transform": 0,
}
GUARDED_METHODS = frozenset(_FUNCTION_POSITION) | {"to_string", "merge", "resample"}
_REFUSED_KEYWORDS = ("buf", "engine", "engine_kwargs")


class NotAllowed(Exception):
    """A script asked for something no script may do."""


def check_function(value: Any) -> None:
    """Refuse anything but a function, a listed reduction, or a list or dictionary of those."""
    if isinstance(value, str):
        if value not in policy.REDUCTIONS:
            raise NotAllowed(f"{value!r} is not a reduction a script may name; use a function")
    elif type(value) is dict:
        for item in value.values():
            check_function(item)
    elif type(value) in (list, tuple):
        for item in value:
            check_function(item)
    elif value is not None and not callable(value):
        raise NotAllowed(f"{type(value).__name__} is neither a function nor the name of one")


def _check_named_aggregations(keywords: dict[str, Any]) -> None:
    for name, value in keywords.items():
        if name in ("func", "axis"):
            continue
        check_function(value[1] if isinstance(value, tuple) and len(value) == 2 else value)


def guard_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pandas method that checks the names and functions it is given."""
    name = method.__name__
    position = _FUNCTION_POSITION.get(name)

    @functools.wraps(method)
    def call(*arguments: Any, **keywords: Any) -> Any:
        for keyword in _REFUSED_KEYWORDS:
            if keywords.get(keyword) is not None:
                raise NotAllowed(f"{name}({keyword}=…) is not available")
        if name == "to_string" and arguments:
            raise NotAllowed("to_string() writes nowhere; it returns the text")
        if position is not None and name != "map":
            for value in (*arguments[position : position + 1], keywords.get("func")):
                check_function(value)
            check_function(keywords.get("aggfunc"))
        if name in ("agg", "aggregate"):
            _check_named_aggregations(keywords)
        return method(*arguments, **keywords)

    return call


def guard_aggregation(function: Callable[..., Any], *, position: int) -> Callable[..., Any]:
    """Return a pandas function that checks its `aggfunc` argument."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        for value in (*arguments[position : position + 1], keywords.get("aggfunc")):
            check_function(value)
        return function(*arguments, **keywords)

    return call


def refuse_labels_as_protocols() -> None:
    """Keep pandas from answering Python's and numpy's own questions out of a table's labels.

    A label called `__array_interface__` would otherwise hand numpy any address to read.
    """
    from pandas.core.generic import NDFrame
    from pandas.core.groupby.groupby import GroupBy
    from pandas.core.resample import Resampler
    from pandas.core.window.rolling import BaseWindow

    kinds: tuple[Any, ...] = (NDFrame, GroupBy, BaseWindow, Resampler)
    for kind in kinds:
        if "__getattr__" in vars(kind):
            kind.__getattr__ = _without_protocol_names(kind.__getattr__)


def _without_protocol_names(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def lookup(owner: Any, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return original(owner, name)

    return lookup
