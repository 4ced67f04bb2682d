"""The built-in names of a script, and the guards the compiler writes into it."""

import builtins
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.guest import attributes, patterns, writing
from execution.sandbox.guest.attributes import IndicatorAccessor
from execution.sandbox.guest.classes import ScriptClass, ScriptEnum, make_class
from execution.sandbox.guest.dispatch import NotAllowed
from execution.sandbox.guest.facade import Facade
from execution.sandbox.guest.imports import make_import
from execution.sandbox.policy import language, messages

# Of these exact types everything may be iterated, without a second look.
_ITERABLE = frozenset(
    {
        list,
        tuple,
        dict,
        str,
        bytes,
        set,
        frozenset,
        range,
        enumerate,
        zip,
        map,
        filter,
        reversed,
        types.GeneratorType,
        type({}.keys()),
        type({}.values()),
        type({}.items()),
        np.ndarray,
        np.flatiter,
        pd.Series,
        pd.DataFrame,
        pd.Index,
        pd.DatetimeIndex,
    }
)
_ITERABLE_MODULES = frozenset({"builtins", "collections", "itertools", "numpy", "pandas"})


def guard_iteration(values: Any) -> Any:
    """Return an iterable that a loop may walk through."""
    kind = type(values)
    if kind in _ITERABLE or isinstance(kind, ScriptClass) or kind is ScriptEnum:
        return values
    if isinstance(values, type) or kind in (Facade, IndicatorAccessor):
        name = values.__name__ if isinstance(values, type) else kind.__name__
        raise TypeError(f"{name} is not iterable")
    if issubclass(kind, tuple | dict) or kind.__module__.split(".")[0] in _ITERABLE_MODULES:
        return values
    raise TypeError(f"{kind.__name__} is not iterable")


def _over_iterable(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(values: Iterable[Any] = (), *rest: Any, **keywords: Any) -> Any:
        return function(guard_iteration(values), *rest, **keywords)

    call.__name__ = function.__name__
    return call


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any, **keywords: Any) -> Any:
        if len(values) == 1:
            return function(guard_iteration(values[0]), **keywords)
        return function(*values, **keywords)

    call.__name__ = function.__name__
    return call


def _iter(values: Any, *sentinel: Any) -> Iterator[Any]:
    return iter(values, *sentinel) if sentinel else iter(guard_iteration(values))


def _map(function: Callable[..., Any], *sequences: Any) -> Iterator[Any]:
    return map(function, *[guard_iteration(values) for values in sequences])


def _filter(function: Callable[..., Any] | None, values: Any) -> Iterator[Any]:
    return filter(function, guard_iteration(values))


def _zip(*sequences: Any, strict: bool = False) -> Iterator[Any]:
    return zip(*[guard_iteration(values) for values in sequences], strict=strict)


def _next(iterator: Any, *default: Any) -> Any:
    return next(guard_iteration(iterator), *default)


def _format(value: Any, specification: str = "") -> str:
    return format(value, specification)


def _variables(*owner: Any) -> dict[str, Any]:
    if not owner:
        raise NotAllowed("vars() is not available; use a dictionary of your own")
    variables: dict[str, Any] = attributes.read_attribute(owner[0], "__dict__")
    return variables


def _make_type(modules: dict[str, Facade]) -> Callable[..., Any]:
    shown = {
        member
        for facade in modules.values()
        for member in facade.members.values()
        if isinstance(member, type)
    }
    shown |= {getattr(builtins, name) for name in language.EXCEPTIONS}
    shown |= {bool, bytes, complex, dict, float, frozenset, int, list, range, set, slice, str}
    shown |= {tuple, type(None), np.bool_, np.str_}

    def type_of(value: Any, *rest: Any) -> Any:
        kind = type(value)
        if rest:
            raise NotAllowed("type() with three arguments is not available; write a class")
        if isinstance(kind, ScriptClass) or kind in shown:
            return kind
        if kind is np.ndarray:
            return modules["numpy"].members["ndarray"]
        raise NotAllowed(f"type() of {kind.__name__} is not available; compare with isinstance()")

    return type_of


def _unavailable(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*_arguments: Any, **_keywords: Any) -> Any:
        raise NotAllowed(f"{name}() is not available; {instead}")

    return refuse


def make_builtins(modules: dict[str, Facade]) -> dict[str, Any]:
    """Return the built-in names of scripts."""
    names: dict[str, Any] = {
        name: getattr(builtins, name) for name in language.PLAIN_BUILTINS | language.EXCEPTIONS
    }
    names |= {
        function.__name__: _over_iterable(function)
        for function in (sorted, sum, any, all, enumerate)
    }
    names |= {"min": _extreme(min), "max": _extreme(max), "format": _format, "next": _next}
    names |= {"map": _map, "filter": _filter, "zip": _zip, "iter": _iter, "vars": _variables}
    names |= {
        "getattr": attributes.read_attribute,
        "hasattr": attributes.has_attribute,
        "setattr": writing.set_attribute,
        "delattr": writing.delete_attribute,
        "type": _make_type(modules),
        "__import__": make_import(modules),
        "__build_class__": builtins.__build_class__,
    }
    names |= {name: _unavailable(name, instead) for name, instead in messages.BUILTINS.items()}
    return names


GUARDS: dict[str, Any] = {
    "_getattr_": attributes.get_attribute,
    "_getitem_": attributes.get_item,
    "_getiter_": guard_iteration,
    "_write_": writing.guard_write,
    "_load_item_": writing.load_item,
    "_load_attribute_": writing.load_attribute,
    "_store_inplace_": writing.store_inplace,
    "_pattern_value_": patterns.PatternValue,
    "_match_class_": patterns.match_class,
    "__metaclass__": make_class,
}
