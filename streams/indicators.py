"""Which common indicators there are, by the names of the contract, and what may be asked of each.

Knows names, params and their bounds. How an indicator is computed stands in ``market.indicators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from common.errors import InvalidInput

PERIOD_MIN, PERIOD_MAX = 2, 500


class IndicatorParamsNotValid(InvalidInput):
    """A common indicator takes its own params, each within its bounds."""

    code = "indicator_params_not_valid"


@dataclass(frozen=True)
class Param:
    """One param: what it is when it is left out, and between which numbers it lies."""

    default: float
    least: float = PERIOD_MIN
    most: float = PERIOD_MAX
    whole: bool = True

    def read(self, value: Any) -> float | None:
        """Return a number as a key spells it (2 and not 2.0), or None where it is not allowed."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if not self.least <= value <= self.most:  # NaN is neither, and an integer may be huge
            return None
        if value == int(value):
            return int(value)
        return None if self.whole else value


@dataclass(frozen=True)
class CommonIndicator:
    """One indicator; ``rising`` names params of which each has to be above the one before."""

    params: Mapping[str, Param]
    rising: tuple[str, ...] = ()


def _of_period(default: int) -> CommonIndicator:
    return CommonIndicator({"period": Param(default)})


def _factor(default: float) -> Param:
    return Param(default, least=0.1, most=20, whole=False)


INDICATORS: Mapping[str, CommonIndicator] = {
    **{name: _of_period(20) for name in ("sma", "ema", "wma", "hma", "tema", "dema")},
    "rsi": _of_period(14),
    "macd": CommonIndicator(
        {"fast": Param(12), "slow": Param(26), "signal": Param(9)}, rising=("fast", "slow")
    ),
    "stochastic": CommonIndicator(
        {"k": Param(14), "d": Param(3, least=1), "smooth": Param(3, least=1)}
    ),
    "cci": _of_period(20),
    "mfi": _of_period(14),
    "roc": CommonIndicator({"period": Param(10, least=1)}),
    "bb": CommonIndicator({"period": Param(20), "std": _factor(2)}),
    "atr": _of_period(14),
    "kc": CommonIndicator({"period": Param(20), "atr": Param(10), "multiplier": _factor(2)}),
    "dc": _of_period(20),
    "adx": _of_period(14),
    "obv": CommonIndicator({}),
    "vwap": CommonIndicator({}),
    "ad": CommonIndicator({}),
    "cmf": _of_period(20),
    "ichimoku": CommonIndicator(
        {"tenkan": Param(9), "kijun": Param(26), "senkou": Param(52)},
        rising=("tenkan", "kijun", "senkou"),
    ),
    # The slower the stop moves, the longer it remembers where it was begun.
    "psar": CommonIndicator(
        {
            "step": Param(0.02, least=0.005, most=0.5, whole=False),
            "max": Param(0.2, least=0.05, most=1, whole=False),
        },
        rising=("step", "max"),
    ),
    "supertrend": CommonIndicator({"period": Param(10), "multiplier": _factor(3)}),
}
# What every instrument has, and what is followed when no indicator is named.
USUAL = ("rsi", "sma", "ema", "macd", "bb", "atr", "adx", "vwap")


def complete_params(name: str, given: Mapping[str, Any]) -> dict[str, float]:
    """Return an indicator's params, those that are not given by their defaults, as a key has them.

    Raises
    ------
    IndicatorParamsNotValid
        There is no such param, or its number lies outside of its bounds.
    """
    indicator = INDICATORS[name]
    for unknown in given.keys() - indicator.params.keys():
        takes = ", ".join(indicator.params) or "no params"
        raise IndicatorParamsNotValid(f"{name} has no param {unknown!r}: it takes {takes}.")
    params: dict[str, float] = {}
    for key, param in indicator.params.items():
        number = param.read(given.get(key, param.default))
        if number is None:
            kind = "a whole number" if param.whole else "a number"
            raise IndicatorParamsNotValid(
                f"{name}: {key} is {kind} from {param.least:g} to {param.most:g}."
            )
        params[key] = number
    if not _rises([params[key] for key in indicator.rising]):
        raise IndicatorParamsNotValid(f"{name}: {' < '.join(indicator.rising)} has to hold.")
    return params


def _rises(numbers: list[float]) -> bool:
    return all(low < high for low, high in pairwise(numbers))
