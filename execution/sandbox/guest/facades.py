"""The modules scripts import: read-only facades over some names of the real ones."""

import collections
import datetime
import functools
import itertools
import json
import math
import operator
import random
import statistics
import time
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox import policy
from execution.sandbox.guest import attributes
from execution.sandbox.guest.attributes import Facade
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.dispatch import NotAllowed, guard_aggregation
from execution.sandbox.guest.values import to_json_value


class Randomness:
    """The random numbers of a run: the same seed gives the same numbers."""

    def __init__(self) -> None:
        self.seed = 0
        self.numpy = np.random.RandomState(0)
        self.plain = random.Random(0)

    def start(self, seed: int) -> None:
        """Begin the sequence of a seed, for every generator a script can reach."""
        self.seed = seed
        self.numpy.seed(seed % 2**32)
        self.plain.seed(seed)
        # Library functions such as `sample` draw from the global generators.
        np.random.seed(seed % 2**32)
        random.seed(seed)

    def default_rng(self, seed: int | None = None) -> np.random.Generator:
        """Return a generator; without a seed it starts from the run's."""
        return np.random.default_rng(self.seed if seed is None else int(seed))


RANDOMNESS = Randomness()


class _ArrayTypeMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, np.ndarray)


class ArrayType(metaclass=_ArrayTypeMeta):
    """Stands for `numpy.ndarray` in `isinstance`; arrays are made with `numpy.array`."""

    def __init__(self, *_arguments: Any, **_keywords: Any) -> None:
        raise NotAllowed("numpy.ndarray() is not available; use numpy.array() or numpy.zeros()")


def _pick(module: Any, names: frozenset[str]) -> dict[str, Any]:
    # Some names only exist in newer versions of Python or of the library.
    return {name: getattr(module, name) for name in names if hasattr(module, name)}


def _dumps(value: Any, indent: int | None = None, sort_keys: bool = False) -> str:
    return json.dumps(to_json_value(value), indent=indent, sort_keys=sort_keys)


def _loads(text: str) -> Any:
    return json.loads(text)


def _item_getter(*keys: Any) -> Callable[[Any], Any]:
    if len(keys) == 1:
        return lambda owner: attributes.get_item(owner, keys[0])
    return lambda owner: tuple(attributes.get_item(owner, key) for key in keys)


def _attribute_getter(*names: str) -> Callable[[Any], Any]:
    if len(names) == 1:
        return lambda owner: attributes.get_attribute(owner, names[0])
    return lambda owner: tuple(attributes.get_attribute(owner, name) for name in names)


def _clock_facade() -> Facade:
    # The machine's clock is not shown: a run that is repeated has to see the same time again.
    return Facade(
        "time",
        {
            "time": RUN_CLOCK.seconds,
            "time_ns": RUN_CLOCK.nanoseconds,
            "monotonic": RUN_CLOCK.seconds,
            "perf_counter": RUN_CLOCK.seconds,
            "gmtime": RUN_CLOCK.gmtime,
            "strftime": RUN_CLOCK.strftime,
            "sleep": time.sleep,
        },
    )


def _random_facade() -> Facade:
    names = "betavariate choice choices gauss randint random randrange sample shuffle uniform"
    return Facade("random", {name: getattr(RANDOMNESS.plain, name) for name in names.split()})


def _standard_modules() -> dict[str, Facade]:
    operators = _pick(operator, policy.OPERATOR) | {
        "attrgetter": _attribute_getter,
        "getitem": attributes.get_item,
        "itemgetter": _item_getter,
    }
    collected = {
        "math": _pick(math, policy.MATH),
        "statistics": _pick(statistics, policy.STATISTICS),
        "datetime": _pick(datetime, policy.DATETIME),
        "json": {"dumps": _dumps, "loads": _loads},
        "collections": _pick(collections, policy.COLLECTIONS),
        "itertools": _pick(itertools, policy.ITERTOOLS),
        "functools": _pick(functools, policy.FUNCTOOLS),
        "operator": operators,
        "typing": _pick(typing, policy.TYPING),
        "__future__": dict.fromkeys(policy.FUTURE),
    }
    return {name: Facade(name, members) for name, members in collected.items()}


def _numpy_modules() -> dict[str, Facade]:
    generators = {
        "default_rng": RANDOMNESS.default_rng,
        "seed": RANDOMNESS.numpy.seed,
        **{
            name: getattr(RANDOMNESS.numpy, name)
            for name in policy.NUMPY_RANDOM
            if hasattr(RANDOMNESS.numpy, name)
        },
    }
    tricks = _pick(np.lib.stride_tricks, policy.NUMPY_STRIDE_TRICKS)
    inner = {
        "numpy.linalg": Facade("numpy.linalg", _pick(np.linalg, policy.NUMPY_LINALG)),
        "numpy.fft": Facade("numpy.fft", _pick(np.fft, policy.NUMPY_FFT)),
        "numpy.random": Facade("numpy.random", generators),
        "numpy.lib.stride_tricks": Facade("numpy.lib.stride_tricks", tricks),
    }
    stride_tricks = Facade("numpy.lib", {"stride_tricks": inner["numpy.lib.stride_tricks"]})
    members = _pick(np, policy.NUMPY) | {
        "ndarray": ArrayType,
        "linalg": inner["numpy.linalg"],
        "fft": inner["numpy.fft"],
        "random": inner["numpy.random"],
        "lib": stride_tricks,
    }
    return {"numpy": Facade("numpy", members), "numpy.lib": stride_tricks, **inner}


def _pandas_modules() -> dict[str, Facade]:
    members = _pick(pd, policy.PANDAS)
    members["pivot_table"] = guard_aggregation(pd.pivot_table, position=4)
    members["crosstab"] = guard_aggregation(pd.crosstab, position=5)
    offsets = Facade("pandas.offsets", _pick(pd.offsets, policy.PANDAS_OFFSETS))
    members["offsets"] = offsets
    return {"pandas": Facade("pandas", members), "pandas.offsets": offsets}


def indicator_names() -> frozenset[str]:
    """Return the names of every indicator of pandas_ta."""
    categories: dict[str, list[str]] = pandas_ta_classic.Category
    names = {name for listed in categories.values() for name in listed}
    return frozenset(name for name in names if callable(getattr(pandas_ta_classic, name, None)))


def _indicator_modules() -> dict[str, Facade]:
    indicators = indicator_names()
    attributes.IndicatorAccessor.indicators = indicators
    classic = _pick(pandas_ta_classic, indicators | policy.PANDAS_TA_EXTRAS)
    library: Any = talib
    functions = _pick(library, frozenset(library.get_functions()))
    kinds = frozenset(name for name in dir(library.MA_Type) if name.isupper())
    functions["MA_Type"] = Facade("talib.MA_Type", _pick(library.MA_Type, kinds))
    return {
        "pandas_ta": Facade("pandas_ta", classic),
        "pandas_ta_classic": Facade("pandas_ta_classic", classic),
        "talib": Facade("talib", functions),
    }


def build_modules() -> dict[str, Facade]:
    """Return every module a script may import, by the name it imports it under."""
    return {
        **_standard_modules(),
        "time": _clock_facade(),
        "random": _random_facade(),
        **_numpy_modules(),
        **_pandas_modules(),
        **_indicator_modules(),
    }


def preloaded_names(modules: dict[str, Facade]) -> dict[str, Any]:
    """Return the modules that are in a script's scope without an import."""
    names = {name: facade for name, facade in modules.items() if name.isidentifier()}
    del names["__future__"]
    short = {"np": "numpy", "pd": "pandas", "ta": "pandas_ta"}
    return names | {name: modules[full] for name, full in short.items()}
