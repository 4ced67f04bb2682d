"""What a script may ask for and be given. Plain data: who may read what is decided elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class MarketDataRead:
    """The newest closed bars of an instrument; what is None is the run's own."""

    instrument: str | None
    timeframe: str | None
    bars: int


@dataclass(frozen=True, kw_only=True)
class MetricRead:
    """The latest value of a metric."""

    name: str
    instrument: str | None


@dataclass(frozen=True, kw_only=True)
class ScriptOutputRead:
    """The output of another script on the same bar, or with `history` its newest outputs."""

    script_id: str
    history: int


ReadRequest = MarketDataRead | MetricRead | ScriptOutputRead


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A table: opening instants in nanoseconds since 1970 UTC, ascending, and columns of numbers.

    Every array has shape ``(n,)``; a missing number is NaN.
    """

    index_ns: npt.NDArray[np.int64]
    columns: dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class JsonValue:
    """Anything JSON can say."""

    value: Any


ReadReply = Columns | JsonValue
ReadAnswerer = Callable[[ReadRequest], ReadReply]


class ReadFailed(Exception):
    """A read that could not be answered and that the script should hear about."""
