"""Where pandas takes names or functions and looks them up by itself, only listed ones get by."""

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.guest.clock import refuse_machine_clock
from execution.sandbox.guest.text import plain_text
from execution.sandbox.guest.transformer import quote
from execution.sandbox.policy import tables

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
# Methods whose text may mean the machine's clock to numpy.
_CLOCK_READERS = frozenset({"astype", "fill", "put"})
GUARDED_METHODS = (
    frozenset(_FUNCTION_POSITION)
    | {"to_string", "merge", "resample", "set_levels"}
    | _CLOCK_READERS
)
_REFUSED_KEYWORDS = ("buf", "engine", "engine_kwargs", "verify_integrity")


class NotAllowed(Exception):
    """A script asked for something no script may do."""


_PLAIN_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    functools.partial,
    type,
)


def clean_function(value: Any) -> Any:
    """Return a function, a listed reduction, or a plain list or dictionary of those.

    What pandas gets is made here of exact types: an object that is callable and also looks like a
    dictionary would otherwise be asked for names after it was looked at.
    """
    if isinstance(value, str):
        name = plain_text(value)
        if name not in tables.REDUCTIONS:
            raise NotAllowed(
                f"{quote(name)!r} is not a reduction a script may name; use a function"
            )
        return name
    if type(value) is dict:
        return {key: clean_function(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [clean_function(item) for item in value]
    if value is None or isinstance(value, _PLAIN_FUNCTIONS):
        return value
    if callable(value):
        return _as_function(value)
    raise NotAllowed(f"{type(value).__name__} is neither a function nor the name of one")


def _as_function(value: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **keywords: Any) -> Any:
        return value(*arguments, **keywords)

    call.__name__ = str(getattr(value, "__name__", type(value).__name__))
    return call


def _clean_named_aggregations(keywords: dict[str, Any]) -> None:
    for name, value in keywords.items():
        if name in ("func", "axis"):
            continue
        if isinstance(value, tuple) and len(value) == 2:
            column, function = value
            keywords[name] = (column, clean_function(function))
        else:
            keywords[name] = clean_function(value)


def _clean_arguments(
    name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[Any, ...]:
    position = _FUNCTION_POSITION[name]
    for keyword in ("func", "aggfunc"):
        if keyword in keywords:
            keywords[keyword] = clean_function(keywords[keyword])
    if name in ("agg", "aggregate"):
        _clean_named_aggregations(keywords)
    if len(arguments) <= position:
        return arguments
    if name == "pipe" and type(arguments[0]) is tuple:
        # `pipe((function, "name"))` puts the table into a named argument.
        cleaned: Any = (clean_function(arguments[0][0]), *arguments[0][1:])
    else:
        cleaned = clean_function(arguments[position])
    return (*arguments[:position], cleaned, *arguments[position + 1 :])


def guard_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pandas or numpy method that checks the names and functions it is given."""
    name = method.__name__

    def call(*arguments: Any, **keywords: Any) -> Any:
        for keyword in _REFUSED_KEYWORDS:
            if keywords.get(keyword) is not None:
                raise NotAllowed(f"{name}({keyword}=…) is not available; leave {keyword} out")
        if name == "to_string" and arguments:
            raise NotAllowed("to_string() writes nowhere; it returns the text")
        if name in _CLOCK_READERS:
            _check_clock(method, arguments)
        elif name in _FUNCTION_POSITION and name != "map":
            arguments = _clean_arguments(name, arguments, keywords)
        elif name == "map" and arguments and callable(arguments[0]):
            arguments = (clean_function(arguments[0]), *arguments[1:])
        return method(*arguments, **keywords)

    call.__name__ = name
    return call


def _check_clock(method: Any, arguments: tuple[Any, ...]) -> None:
    owner = method.__self__
    if method.__name__ in ("fill", "put"):
        for argument in arguments:
            refuse_machine_clock(argument)
    elif getattr(getattr(owner, "dtype", None), "kind", "") in "SUO":
        refuse_machine_clock(getattr(owner, "to_numpy", lambda: owner)())


def guard_aggregation(function: Callable[..., Any], *, position: int) -> Callable[..., Any]:
    """Return a pandas function that checks its `aggfunc` argument."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if "aggfunc" in keywords:
            keywords["aggfunc"] = clean_function(keywords["aggfunc"])
        if len(arguments) > position:
            cleaned = clean_function(arguments[position])
            arguments = (*arguments[:position], cleaned, *arguments[position + 1 :])
        return function(*arguments, **keywords)

    return call


def categorical_from_codes(
    codes: Any, categories: Any = None, ordered: Any = None, dtype: Any = None
) -> pd.Categorical:
    """Return a Categorical of codes that were checked, and that nobody can change afterwards."""
    own = codes.copy() if isinstance(codes, pd.Series | pd.Index) else np.array(codes)
    return pd.Categorical.from_codes(own, categories=categories, ordered=ordered, dtype=dtype)


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
