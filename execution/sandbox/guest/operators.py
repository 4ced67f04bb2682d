"""The operators of scripts' own classes, as far as libraries written in C may come to call them.

What numpy and pandas do with objects trusts their answers: an order that contradicts itself lets a
join write beyond its arrays, and an answer that changes the array under the question leaves
pointers to objects that are gone. So their code never gets an answer from a script's class, and
what was asked stays alive for a while where it is a script that asks.
"""

import collections
import functools
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox.policy import language

_LIBRARIES = tuple(
    str(Path(str(module.__file__)).parent) for module in (np, pd, pandas_ta_classic, talib)
)
# This module calls numpy in the place of scripts, and counts as numpy then.
_CALLERS = (*_LIBRARIES, __file__)

# The operands of the last operators; numpy may still hold one that nothing else refers to.
_OPERANDS: collections.deque[tuple[Any, ...]] = collections.deque(maxlen=64)


@functools.cache
def _is_library(file_name: str) -> bool:
    return file_name.startswith(_CALLERS)


def _refuse_libraries(asker: types.FrameType) -> None:
    if _is_library(asker.f_code.co_filename):
        raise TypeError(
            "numpy and pandas cannot compare or hash objects of a script's own class; "
            "compare plain values, or use sorted() and dictionaries"
        )


def guard_comparison(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a comparison or a hash that answers scripts, and none of the libraries."""

    @functools.wraps(method)
    def call(*operands: Any) -> Any:
        _refuse_libraries(sys._getframe(1))
        try:
            return method(*operands)
        finally:
            # Afterwards: what the method itself compares would push them out again.
            _OPERANDS.append(operands)

    return call


def _guard_arithmetic(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*operands: Any) -> Any:
        try:
            return method(*operands)
        finally:
            _OPERANDS.append(operands)

    return call


def guard_operators(namespace: dict[str, Any]) -> None:
    """Guard the operators among the names of a class body."""
    for name in language.OPERATORS & namespace.keys():
        method = namespace[name]
        if method is None:
            continue
        if type(method) is not types.FunctionType:
            raise TypeError(f"{name} has to be a function")
        compares = name in language.COMPARISONS
        namespace[name] = (guard_comparison if compares else _guard_arithmetic)(method)


def _refuse_arrays(self: Any, *_arguments: Any, **_keywords: Any) -> Any:
    raise TypeError(
        f"numpy cannot look into objects of the script's own class {type(self).__name__}; "
        "give it list() of one, or plain values"
    )


def hide_sequences(namespace: dict[str, Any]) -> None:
    """Keep numpy from asking a class for its items while it walks a list that could change."""
    if "__len__" in namespace or "__getitem__" in namespace:
        namespace["__array__"] = _refuse_arrays


def forget_operands() -> None:
    """Let go of everything a run compared."""
    _OPERANDS.clear()


class _Key:
    """What `cmp_to_key` makes of a value."""

    __slots__ = ("compare", "value")

    def __init__(self, compare: Callable[[Any, Any], Any], value: Any) -> None:
        self.compare = compare
        self.value = value

    @guard_comparison
    def __lt__(self, other: Any) -> bool:
        return bool(self.compare(self.value, other.value) < 0)

    @guard_comparison
    def __gt__(self, other: Any) -> bool:
        return bool(self.compare(self.value, other.value) > 0)


def cmp_to_key(compare: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return a key of sorting for a function that compares two values."""
    return functools.partial(_Key, compare)


# --- numpy's methods that compare without a step of Python between them and the script ------------

ORDERING_METHODS = frozenset(
    {"argmax", "argmin", "argpartition", "argsort", "partition", "searchsorted", "sort"}
)


def find_ordering_method(owner: Any, name: str) -> Any:
    """Return a method of an array that compares its elements."""
    method = getattr(owner, name)
    if not isinstance(owner, np.ndarray) or not owner.dtype.hasobject:
        return method
    if name not in ("partition", "sort"):
        return lambda *arguments, **keywords: method(*arguments, **keywords)

    def order(*arguments: Any, **keywords: Any) -> None:
        # Nobody can change the copy while it is put in order.
        copied = owner.copy()
        getattr(copied, name)(*arguments, **keywords)
        owner[...] = copied

    return order


def lexsort(*arguments: Any, **keywords: Any) -> Any:
    """Return numpy's indirect sort by several keys."""
    return np.lexsort(*arguments, **keywords)
