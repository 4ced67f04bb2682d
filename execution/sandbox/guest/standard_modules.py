"""Python's own modules as scripts see them."""

import abc
import bisect
import calendar
import collections
import contextlib
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import heapq
import itertools
import json
import math
import numbers
import operator
import statistics
import string
import time
import types
import typing
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

from execution.sandbox.guest import attributes, classes, dataclass
from execution.sandbox.guest.attributes import is_script_function
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.dispatch import NotAllowed
from execution.sandbox.guest.facade import Facade, pick
from execution.sandbox.guest.operators import cmp_to_key
from execution.sandbox.guest.randomness import RANDOMNESS
from execution.sandbox.guest.transformer import quote
from execution.sandbox.guest.values import to_json_value
from execution.sandbox.policy import standard


def _dumps(
    value: Any,
    *,
    indent: int | str | None = None,
    sort_keys: bool = False,
    separators: tuple[str, str] | None = None,
    ensure_ascii: bool = True,
    allow_nan: bool = True,
    skipkeys: bool = False,
    default: Callable[[Any], Any] | None = None,
) -> str:
    return json.dumps(
        value,
        indent=indent,
        sort_keys=sort_keys,
        separators=separators,
        ensure_ascii=ensure_ascii,
        allow_nan=allow_nan,
        skipkeys=skipkeys,
        default=default or to_json_value,
    )


def _loads(
    text: str | bytes,
    *,
    object_hook: Callable[[dict[str, Any]], Any] | None = None,
    parse_float: Callable[[str], Any] | None = None,
    parse_int: Callable[[str], Any] | None = None,
) -> Any:
    return json.loads(text, object_hook=object_hook, parse_float=parse_float, parse_int=parse_int)


def _item_getter(*keys: Any) -> Callable[[Any], Any]:
    if len(keys) == 1:
        return lambda owner: attributes.get_item(owner, keys[0])
    return lambda owner: tuple(attributes.get_item(owner, key) for key in keys)


def _walk(owner: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        owner = attributes.read_attribute(owner, name)
    return owner


def _attribute_getter(*names: str) -> Callable[[Any], Any]:
    if len(names) == 1:
        return lambda owner: _walk(owner, names[0])
    return lambda owner: tuple(_walk(owner, name) for name in names)


def _method_caller(name: str, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
    return lambda owner: attributes.read_attribute(owner, name)(*arguments, **keywords)


def _wraps(wrapped: Any) -> Callable[[Any], Any]:
    # The library's own copies attributes a caller may choose.
    def decorate(wrapper: Any) -> Any:
        if isinstance(wrapper, types.FunctionType) and is_script_function(wrapper):
            wrapper.__name__ = str(getattr(wrapped, "__name__", wrapper.__name__))
            wrapper.__doc__ = getattr(wrapped, "__doc__", None)
        return wrapper

    return decorate


def _copyable(value: Any) -> bool:
    kind = type(value)
    return isinstance(kind, classes.ScriptClass) or kind.__module__.split(".")[0] in (
        "builtins",
        "collections",
        "datetime",
        "decimal",
        "fractions",
        "numpy",
        "pandas",
    )


def _copier(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    # Without the library's other argument, which shows the addresses of objects.
    def call(value: Any) -> Any:
        if not _copyable(value):
            raise NotAllowed(f"an object of type {type(value).__name__} cannot be copied")
        return function(value)

    return call


def _zone(name: str) -> zoneinfo.ZoneInfo:
    if name not in standard.TIME_ZONES:
        known = ", ".join(standard.TIME_ZONES[:4])
        raise NotAllowed(f"the time zone {quote(str(name))!r} is not loaded; there are {known}, …")
    return zoneinfo.ZoneInfo(name)


def _ignore(*_arguments: Any, **_keywords: Any) -> None:
    """Do nothing: a script sees no warnings, so there is nothing to filter."""


@contextlib.contextmanager
def _no_warnings(**_keywords: Any) -> Iterator[None]:
    yield None


def _clock() -> Facade:
    # The machine's clock is not shown: a run that is repeated has to see the same time again.
    members: dict[str, Any] = dict.fromkeys(
        ["time", "monotonic", "perf_counter", "process_time"], RUN_CLOCK.seconds
    )
    members |= dict.fromkeys(["time_ns", "monotonic_ns", "perf_counter_ns"], RUN_CLOCK.nanoseconds)
    members |= {
        "asctime": lambda parts=None: time.asctime(parts or RUN_CLOCK.gmtime()),
        "ctime": RUN_CLOCK.ctime,
        "gmtime": RUN_CLOCK.gmtime,
        "localtime": RUN_CLOCK.gmtime,
        "mktime": lambda parts: float(calendar.timegm(parts)),
        "sleep": RUN_CLOCK.sleep,
        "strftime": RUN_CLOCK.strftime,
        "strptime": time.strptime,
    }
    return Facade("time", members)


def _random() -> Facade:
    members = {name: getattr(RANDOMNESS.plain, name) for name in standard.RANDOM}
    members |= {"Random": RANDOMNESS.plain_generator, "seed": RANDOMNESS.reseed_plain}
    return Facade("random", members)


def _collections() -> dict[str, Facade]:
    abstract = Facade("collections.abc", pick(collections.abc, standard.ABSTRACT_COLLECTIONS))
    members = pick(collections, standard.COLLECTIONS) | {"abc": abstract}
    return {"collections": Facade("collections", members), "collections.abc": abstract}


def _typing_members() -> dict[str, Any]:
    return pick(typing, standard.TYPING) | {
        "Generic": classes.GENERIC,
        "NamedTuple": classes.NAMED_TUPLE,
        "Protocol": classes.PROTOCOL,
        "TYPE_CHECKING": False,
        "TypedDict": classes.TYPED_DICT,
    }


def _class_makers() -> dict[str, dict[str, Any]]:
    return {
        "abc": {"ABC": classes.ABC, "abstractmethod": abc.abstractmethod},
        "dataclasses": pick(
            dataclass,
            frozenset(
                {"asdict", "astuple", "dataclass", "field", "fields", "is_dataclass", "replace"}
            ),
        )
        | {"FrozenInstanceError": dataclasses.FrozenInstanceError},
        "enum": {
            "Enum": classes.ENUM,
            "Flag": classes.FLAG,
            "IntEnum": classes.INT_ENUM,
            "IntFlag": classes.INT_FLAG,
            "StrEnum": classes.STR_ENUM,
            "auto": enum.auto,
            "unique": enum.unique,
        },
        "typing": _typing_members(),
    }


def _functions() -> dict[str, dict[str, Any]]:
    return {
        "functools": pick(functools, standard.FUNCTOOLS)
        | {"cmp_to_key": cmp_to_key, "total_ordering": classes.total_ordering, "wraps": _wraps},
        "json": {"JSONDecodeError": json.JSONDecodeError, "dumps": _dumps, "loads": _loads},
        "operator": pick(operator, standard.OPERATOR)
        | {
            "attrgetter": _attribute_getter,
            "getitem": attributes.get_item,
            "itemgetter": _item_getter,
            "methodcaller": _method_caller,
        },
        "copy": {"copy": _copier(copy.copy), "deepcopy": _copier(copy.deepcopy)},
        "warnings": {
            "catch_warnings": _no_warnings,
            "filterwarnings": _ignore,
            "simplefilter": _ignore,
            "warn": _ignore,
        },
        "zoneinfo": {"ZoneInfo": _zone},
    }


def _plain_modules() -> dict[str, dict[str, Any]]:
    return {
        "math": pick(math, standard.MATH),
        "statistics": pick(statistics, standard.STATISTICS),
        "datetime": pick(datetime, standard.DATETIME),
        "itertools": pick(itertools, standard.ITERTOOLS),
        "decimal": pick(decimal, standard.DECIMAL),
        "fractions": pick(fractions, standard.FRACTIONS),
        "bisect": pick(bisect, standard.BISECT),
        "heapq": pick(heapq, standard.HEAPQ),
        "calendar": pick(calendar, standard.CALENDAR),
        "contextlib": pick(contextlib, standard.CONTEXTLIB),
        "numbers": pick(numbers, standard.NUMBERS),
        "string": pick(string, standard.STRING),
        "__future__": dict.fromkeys(standard.FUTURE),
    }


def build_standard_modules() -> dict[str, Facade]:
    """Return the facades of Python's own modules by the names they are imported under."""
    members = _plain_modules() | _functions() | _class_makers()
    made = {name: Facade(name, found) for name, found in members.items()}
    return made | _collections() | {"time": _clock(), "random": _random()}
