"""What may be asked of the gateway, and the shapes of what it answers. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from streams.watermarks.embedding import Place

BARS_DEFAULT = 500
BARS_MAX = 5000
OUTPUTS_MAX = 1000


@dataclass(frozen=True, kw_only=True)
class MarketDataRequest:
    """The newest closed bars of an instrument; what is None is the run's own."""

    kind: ClassVar[str] = "market_data"

    instrument_key: str | None = None
    timeframe: str | None = None
    bars: int = BARS_DEFAULT


@dataclass(frozen=True, kw_only=True)
class MetricRequest:
    """The newest value of a named metric of an instrument; None is the run's own."""

    kind: ClassVar[str] = "metric"

    name: str
    instrument_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptOutputRequest:
    """What a dependency put out for the same bar, or with ``history`` its newest outputs."""

    kind: ClassVar[str] = "script_output"

    script_id: str
    history: int = 0


GatewayRequest = MarketDataRequest | MetricRequest | ScriptOutputRequest


@dataclass(frozen=True, kw_only=True)
class UpstreamOutputs:
    """What a run may read of one declared dependency: exact, and to be marked for its reader."""

    stream_id: int | None
    latest: dict[str, Any] | None
    place: Place
    tolerance: Mapping[str, Any] | None = None  # of the latest


@dataclass(frozen=True, kw_only=True)
class Table:
    """Bars, oldest first: opening instants in nanoseconds since 1970 UTC, and columns of numbers.

    Every array has shape ``(n,)``.
    """

    index_ns: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float64]]

    @property
    def rows(self) -> int:
        """Return how many bars there are."""
        return len(self.index_ns)


GatewayReply = Table | Any


def as_json(request: GatewayRequest) -> dict[str, Any]:
    """Return a request as the record of the read keeps it."""
    return asdict(request)
