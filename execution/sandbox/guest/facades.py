"""The modules scripts import: read-only facades over some names of the real ones."""

from typing import Any

from execution.sandbox.guest.clock import stop_the_libraries_clocks
from execution.sandbox.guest.facade import Facade
from execution.sandbox.guest.numeric_modules import build_numpy_modules
from execution.sandbox.guest.randomness import RANDOMNESS
from execution.sandbox.guest.standard_modules import build_standard_modules
from execution.sandbox.guest.table_modules import (
    build_indicator_modules,
    build_pandas_modules,
    indicator_names,
)

__all__ = ["RANDOMNESS", "build_modules", "indicator_names", "preloaded_names"]

# In scope without an import; the others would hide names that scripts like for their own.
_PRELOADED = (
    "math", "statistics", "datetime", "time", "random", "json", "collections", "itertools",
    "functools", "operator", "typing", "numpy", "pandas", "pandas_ta", "pandas_ta_classic", "talib",
)  # fmt: skip
_SHORT = {"np": "numpy", "pd": "pandas", "ta": "pandas_ta"}


def build_modules() -> dict[str, Facade]:
    """Return every module a script may import, by the name it imports it under."""
    stop_the_libraries_clocks()
    return {
        **build_standard_modules(),
        **build_numpy_modules(),
        **build_pandas_modules(),
        **build_indicator_modules(),
    }


def preloaded_names(modules: dict[str, Facade]) -> dict[str, Any]:
    """Return the modules that are in a script's scope without an import."""
    names: dict[str, Any] = {name: modules[name] for name in _PRELOADED}
    return names | {name: modules[full] for name, full in _SHORT.items()}
