"""The built-in names of a script, and the guards RestrictedPython's rewriting calls."""

import builtins
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from RestrictedPython.Guards import guarded_iter_unpack_sequence, guarded_unpack_sequence

from execution.sandbox import policy
from execution.sandbox.guest import attributes
from execution.sandbox.guest.attributes import Facade, IndicatorAccessor, ScriptClass
from execution.sandbox.guest.dispatch import NotAllowed

_ITERABLE: tuple[type, ...] = (
    list,
    tuple,
    dict,
    str,
    bytes,
    set,
    frozenset,
    range,
    types.GeneratorType,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    np.ndarray,
    np.flatiter,
    pd.Series,
    pd.DataFrame,
    pd.Index,
)
_ITERABLE_MODULES = ("builtins", "collections", "itertools", "numpy", "pandas")


def guard_iteration(values: Any) -> Any:
    """Return an iterable that a loop may walk through."""
    if isinstance(values, _ITERABLE):
        return values
    kind = type(values)
    if isinstance(kind, ScriptClass):
        return values
    if isinstance(values, type) or kind in (Facade, IndicatorAccessor):
        raise TypeError(f"{kind.__name__} is not iterable")
    if kind.__module__.split(".")[0] in _ITERABLE_MODULES:
        return values
    raise TypeError(f"{kind.__name__} is not iterable")


def guard_call(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call a function whose arguments were unpacked from a sequence or a dictionary."""
    return function(*arguments, **keywords)


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


def _delete_attribute(owner: Any, name: str) -> None:
    attributes.Writer(owner).__delattr__(name)


def _unavailable(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*_arguments: Any, **_keywords: Any) -> Any:
        raise NotAllowed(f"{name}() is not available; {instead}")

    return refuse


class _Importable:
    """What `from module import name` takes its names from."""

    __slots__ = ("_facade",)

    def __init__(self, facade: Facade) -> None:
        self._facade = facade

    def __getattr__(self, name: str) -> Any:
        facade = object.__getattribute__(self, "_facade")
        try:
            return facade.members[name]
        except KeyError:
            message = f"the module {facade.title} has no {name!r} that a script may use"
            raise ImportError(message) from None


def make_import(modules: dict[str, Facade]) -> Callable[..., Any]:
    """Return the `__import__` of scripts, which finds facades and nothing else."""

    def import_module(
        name: str,
        _globals: object = None,
        _locals: object = None,
        wanted: tuple[str, ...] | list[str] | None = None,
        level: int = 0,
    ) -> Any:
        # A library written in C imports through the built-ins of the script that called it. It
        # passes a list, which no import statement does, and takes the module from elsewhere.
        if isinstance(wanted, list):
            return None
        facade = None if level else modules.get(name)
        if facade is None:
            raise ImportError(_explain_import(name or "."))
        if wanted:
            return _Importable(facade)
        # `import numpy.linalg` binds the outermost name.
        return modules[name.split(".")[0]]

    return import_module


def _explain_import(name: str) -> str:
    instead = policy.INSTEAD_OF_MODULE.get(name.split(".")[0])
    if instead is None:
        instead = "a script imports math, statistics, datetime, json, numpy, pandas, pandas_ta, …"
    return f"import {name} is not available; {instead}"


def make_builtins(modules: dict[str, Facade]) -> dict[str, Any]:
    """Return the built-in names of scripts."""
    names: dict[str, Any] = {
        name: getattr(builtins, name)
        for name in policy.PLAIN_BUILTINS | policy.EXCEPTIONS
        if name not in ("list", "tuple", "set", "frozenset", "dict")
    }
    names |= {kind.__name__: kind for kind in (list, tuple, set, frozenset, dict)}
    names |= {
        function.__name__: _over_iterable(function)
        for function in (sorted, sum, any, all, enumerate, iter)
    }
    names |= {"min": _extreme(min), "max": _extreme(max), "format": _format, "next": _next}
    names["map"], names["filter"], names["zip"] = _map, _filter, _zip
    names |= {
        "getattr": attributes.get_attribute,
        "hasattr": attributes.has_attribute,
        "setattr": attributes.set_attribute,
        "delattr": _delete_attribute,
        "__import__": make_import(modules),
        "__build_class__": builtins.__build_class__,
    }
    names |= {
        name: _unavailable(name, instead) for name, instead in policy.INSTEAD_OF_BUILTIN.items()
    }
    return names


GUARDS: dict[str, Any] = {
    "_getattr_": attributes.get_attribute,
    "_getitem_": attributes.get_item,
    "_getiter_": guard_iteration,
    "_write_": attributes.guard_write,
    "_apply_": guard_call,
    "_inplacevar_": attributes.apply_inplace,
    "_load_item_": attributes.load_item,
    "_load_attribute_": attributes.load_attribute,
    "_store_inplace_": attributes.store_inplace,
    "_unpack_sequence_": guarded_unpack_sequence,
    "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
    "__metaclass__": ScriptClass,
}
