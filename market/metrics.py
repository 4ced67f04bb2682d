"""Named numbers about an instrument, computed from its newest daily bars. Knows no table.

Prices are as traded, so a split shows as the change that the price made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

TIMEFRAME = "1d"
TRADING_DAYS_PER_YEAR = 252
VOLATILITY_RETURNS = 20

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: how many bars it takes and what it says, in which unit."""

    bars: int
    unit: str
    description: str
    compute: Callable[[FloatArray, FloatArray], float]

    def value_of(self, closes: FloatArray, volumes: FloatArray) -> float | None:
        """Return the metric after these bars, oldest first; None while they are too few."""
        if len(closes) < self.bars:
            return None
        return self.compute(closes[-self.bars :], volumes[-self.bars :])


def realised_volatility(closes: FloatArray) -> float:
    """Return the annualised volatility of the closes, as a decimal (0.25 is 25 %).

    The sample standard deviation of the logarithmic returns, times the root of the number of
    trading days in a year; the mean return is subtracted.
    """
    returns = np.diff(np.log(closes))
    return float(np.std(returns, ddof=1)) * math.sqrt(TRADING_DAYS_PER_YEAR)


METRICS = MappingProxyType(
    {
        "close": Metric(
            bars=1,
            unit="currency",
            description="Newest daily close.",
            compute=lambda closes, volumes: float(closes[-1]),
        ),
        "volume": Metric(
            bars=1,
            unit="units traded",
            description="Volume of the newest daily bar.",
            compute=lambda closes, volumes: float(volumes[-1]),
        ),
        "change": Metric(
            bars=2,
            unit="currency",
            description="Newest daily close less the one before.",
            compute=lambda closes, volumes: float(closes[-1] - closes[-2]),
        ),
        "change_percent": Metric(
            bars=2,
            unit="percent",
            description="Newest daily close against the one before.",
            compute=lambda closes, volumes: float(100 * (closes[-1] / closes[-2] - 1)),
        ),
        "realised_volatility": Metric(
            bars=VOLATILITY_RETURNS + 1,
            unit="decimal per year",
            description=f"Annualised volatility of the last {VOLATILITY_RETURNS} daily returns.",
            compute=lambda closes, volumes: realised_volatility(closes),
        ),
    }
)
BARS_NEEDED = max(metric.bars for metric in METRICS.values())
