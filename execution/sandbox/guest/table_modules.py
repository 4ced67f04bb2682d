"""pandas and the indicator libraries as scripts see them."""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox.guest.attributes import IndicatorAccessor
from execution.sandbox.guest.clock import is_time_of_day, of_the_run
from execution.sandbox.guest.dispatch import NotAllowed, guard_aggregation
from execution.sandbox.guest.facade import Facade, pick
from execution.sandbox.guest.numeric_modules import StandIn
from execution.sandbox.policy import indicators, tables

_SEQUENCES = (list, tuple, pd.Series, pd.Index)


@functools.wraps(pd.to_datetime)
def _to_datetime(arg: Any, *rest: Any, **keywords: Any) -> Any:
    if keywords.get("format") is None:
        if isinstance(arg, str):
            arg = of_the_run(arg, {})
        elif isinstance(arg, _SEQUENCES) and len(arg) and is_time_of_day(next(iter(arg))):
            raise NotAllowed('times without a date need a format, as in format="%H:%M"')
    return pd.to_datetime(arg, *rest, **keywords)


class MultiIndexType(metaclass=StandIn):
    """Stands for `pandas.MultiIndex`, whose codes point into memory and may be left unchecked."""

    real = pd.MultiIndex
    from_arrays = pd.MultiIndex.from_arrays
    from_frame = pd.MultiIndex.from_frame
    from_product = pd.MultiIndex.from_product
    from_tuples = pd.MultiIndex.from_tuples

    def __init__(self, *_arguments: Any, **_keywords: Any) -> None:
        raise NotAllowed(
            "pandas.MultiIndex() is not available; use pandas.MultiIndex.from_arrays(), "
            "from_tuples() or from_product()"
        )


def build_pandas_modules() -> dict[str, Facade]:
    """Return the facades of pandas by the names they are imported under."""
    offsets = Facade("pandas.offsets", pick(pd.offsets, tables.OFFSETS))
    series = Facade("pandas.tseries", {"offsets": offsets})
    errors = Facade("pandas.errors", pick(pd.errors, tables.ERRORS))
    types = Facade("pandas.api.types", pick(pd.api.types, tables.TYPE_CHECKS))
    api = Facade("pandas.api", {"types": types})
    members = pick(pd, tables.FUNCTIONS) | {
        "MultiIndex": MultiIndexType,
        "api": api,
        "errors": errors,
        "offsets": offsets,
        "tseries": series,
        "pivot_table": guard_aggregation(pd.pivot_table, position=4),
        "to_datetime": _to_datetime,
        "crosstab": guard_aggregation(pd.crosstab, position=5),
    }
    return {
        "pandas": Facade("pandas", members),
        "pandas.api": api,
        "pandas.api.types": types,
        "pandas.errors": errors,
        "pandas.offsets": offsets,
        "pandas.tseries": series,
        "pandas.tseries.offsets": offsets,
    }


def indicator_names() -> frozenset[str]:
    """Return the names of every indicator of pandas_ta."""
    categories: dict[str, list[str]] = pandas_ta_classic.Category
    names = {name for listed in categories.values() for name in listed}
    return frozenset(name for name in names if callable(getattr(pandas_ta_classic, name, None)))


def _abstract_function(name: str) -> Callable[..., Any]:
    # Of the library's own object only the computing is shown.
    library: Any = importlib.import_module("talib.abstract")

    def call(data: Any, *arguments: Any, **keywords: Any) -> Any:
        return library.Function(name)(data, *arguments, **keywords)

    call.__name__ = name
    return call


def _abstract(names: frozenset[str]) -> Facade:
    members: dict[str, Any] = {name: _abstract_function(name) for name in names}

    def find(name: str) -> Callable[..., Any]:
        if str(name).upper() not in names:
            raise NotAllowed(
                "talib.abstract.Function() takes the name of one of TA-Lib's functions"
            )
        found: Callable[..., Any] = members[str(name).upper()]
        return found

    return Facade("talib.abstract", members | {"Function": find})


def build_indicator_modules() -> dict[str, Facade]:
    """Return the facades of pandas_ta and TA-Lib by the names they are imported under."""
    listed = indicator_names()
    IndicatorAccessor.indicators = listed
    classic = pick(pandas_ta_classic, listed | indicators.EXTRAS)
    library: Any = talib
    names = frozenset(library.get_functions())
    kinds = frozenset(name for name in dir(library.MA_Type) if name.isupper())
    abstract = _abstract(names)
    functions = pick(library, names) | {
        "MA_Type": Facade("talib.MA_Type", pick(library.MA_Type, kinds)),
        "abstract": abstract,
        "get_functions": functools.partial(sorted, names),
    }
    return {
        "pandas_ta": Facade("pandas_ta", classic),
        "pandas_ta_classic": Facade("pandas_ta_classic", classic),
        "talib": Facade("talib", functions),
        "talib.abstract": abstract,
    }
