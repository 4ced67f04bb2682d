"""The surface a script can reach, found out by reaching for it.

The walk begins with what a script finds in its scope, asks every object for every name that anybody
could know of it, through the same function that stands behind a script's dot, and goes on with what
it gets. Methods are called with a few ordinary arguments, so that the objects they return are walked
as well. What it finds depends on the policy, the guards and the libraries, and on nothing else.
"""

import contextlib
import io
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.guest.attributes import MISSING, find_attribute
from execution.sandbox.guest.facade import Facade

# Enough objects of a type to see what differs between them, such as a namedtuple's fields.
_OBJECTS_OF_A_TYPE = 3
_CALLS_OF_A_METHOD = 6
# These change what the other calls see, or take long, and return nothing new.
_NOT_CALLED = frozenset({"seed", "cache_clear", "sleep", "permutations", "to_string"})

_SOURCE_OF_SAMPLES = """
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
class Plain:
    shared = 1
    def __init__(self):
        self._own = 1
    def method(self):
        return self
class Fault(Exception):
    pass
class Side(Enum):
    BUY = 1
@dataclass
class Trade:
    price: float = 1.0
Point = namedtuple("Point", "x y")
def generate():
    yield 1
@lru_cache
def cached():
    return 1
index = pd.date_range("2026-01-01", periods=6, freq="D")
table = pd.DataFrame({"a": [1.0, 2.0, 3.0] * 2, "b": [1, 2] * 3}, index=index)
series = table["a"]
def caught():
    try:
        {}["a"]
    except KeyError as fault:
        return fault
samples = [
    "text", b"bytes", 1, 1.5, 1j, True, None, [1], (1, 2), {"a": 1}, {1}, frozenset({1}), range(3), slice(1),
    Plain, Plain(), Fault("x"), caught(), Side, Side.BUY, Trade(), Point(1, 2), generate(), cached,
    lambda: 1, property(len), super(Plain, Plain()), ChainMap({}), Counter("a"), OrderedDict(),
    defaultdict(list), deque([1]), Decimal(1), Fraction(1, 2), NormalDist(), iter([]), zip(), StopIteration(1),
    datetime.datetime(2026, 1, 1), datetime.date(2026, 1, 1), datetime.time(1), datetime.timedelta(1),
    datetime.timezone.utc, time.gmtime(), random.Random(1),
    table, series, index, index - index[0], index.to_period("D"), pd.MultiIndex.from_product([[1], [2]]),
    pd.RangeIndex(3), pd.CategoricalIndex(["a"]), pd.IntervalIndex.from_breaks([0, 1, 2]), index[0],
    index[1] - index[0], pd.Period("2026", "D"), pd.Interval(0, 1), pd.Categorical(["a"]), pd.NA, pd.NaT,
    pd.offsets.Day(1), pd.offsets.BDay(1), pd.DateOffset(days=1), pd.Series(["a"]).str, pd.Series(index).dt,
    pd.Series(index - index[0]).dt, pd.Series(index.to_period("D")).dt, pd.Series(["a"], dtype="category").cat,
    table.groupby("b"), series.groupby(table["b"]), table.resample("2D"), series.resample("2D"),
    table.rolling(2), series.rolling(2), table.expanding(), series.ewm(2), table.loc, table.ta,
    np.arange(3.0), np.float64(1), np.int64(1), np.bool_(True), np.datetime64("2026-01-01"),
    np.timedelta64(1, "D"), np.array(["a"])[0], np.dtype("float64"), np.finfo(float), np.iinfo(int), np.add,
    np.poly1d([1, 2]), np.random.default_rng(1), np.random.RandomState(1), np.ndindex(2), np.mgrid, np.s_,
]
"""


def type_name(value: object) -> str:
    """Return the full name of a value's type."""
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


class Surface:
    """What was reached so far: attributes by the type or class that has them, and types."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.types: set[str] = set()
        self._seen: dict[type, list[Any]] = {}
        self._waiting: list[Any] = []

    def add(self, value: Any) -> None:
        """Note a value a script may hold, and walk it later."""
        self.types.add(type_name(value))
        seen = self._seen.setdefault(type(value), [])
        kept = isinstance(value, type | Facade) or len(seen) < _OBJECTS_OF_A_TYPE
        if kept and not any(value is other for other in seen):
            seen.append(value)
            self._waiting.append(value)

    def walk(self) -> None:
        """Reach for everything there is to reach."""
        while self._waiting:
            owner = self._waiting.pop()
            for name in sorted(_names_of(owner)):
                self._reach(owner, name)
            if isinstance(owner, list | tuple | set | dict):
                for item in itertools.islice(owner, 4):
                    self.add(item)

    def _reach(self, owner: Any, name: str) -> None:
        value = _attempt(lambda: find_attribute(owner, name))
        if value is MISSING:
            return
        self.attributes.add(f"{_title(owner)}.{name}")
        self.add(value)
        if name not in _NOT_CALLED and callable(value) and not isinstance(value, type):
            for returned in _returned_by(value):
                self.add(returned)


def _title(owner: Any) -> str:
    if isinstance(owner, Facade):
        return f"module {owner.title}"
    if isinstance(owner, type):
        return f"class {owner.__module__}.{owner.__qualname__}"
    return f"object {type_name(owner)}"


def _names_of(owner: Any) -> set[str]:
    names = set(dir(type(owner)))
    if isinstance(owner, Facade):
        names |= set(owner.members)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names |= set(_attempt(lambda: dir(owner), []))
    if hasattr(owner, "indicators"):
        names |= set(owner.indicators)
    return names


def _attempt(action: Callable[[], Any], otherwise: Any = MISSING) -> Any:
    try:
        return action()
    except Exception:
        return otherwise


def _arguments() -> Iterator[tuple[Any, ...]]:
    yield ()
    yield (1,)
    yield ("a",)
    yield ("2D",)
    yield ([1.0, 2.0, 3.0],)
    yield (pd.Series([1.0, 2.0, 3.0]),)


def _returned_by(method: Callable[..., Any]) -> Iterator[Any]:
    for arguments in itertools.islice(_arguments(), _CALLS_OF_A_METHOD):
        returned = _attempt(functools.partial(method, *arguments))
        if returned is not MISSING:
            yield returned


def walk_surface(scope: dict[str, Any], guards: set[str], run: Callable[[str], Any]) -> Surface:
    """Return everything a script with a scope can reach."""
    surface = Surface()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        for name, value in scope.items():
            if name == "__builtins__":
                surface.attributes |= {f"builtin {shown}" for shown in value}
                for item in value.values():
                    surface.add(item)
            elif name not in guards:
                surface.attributes.add(f"scope {name}")
                surface.add(value)
        for sample in run(_SOURCE_OF_SAMPLES)["samples"]:
            surface.add(sample)
        surface.walk()
    return surface


KINDS_OF_OWNERS = ("builtin", "class", "module", "object", "scope")
