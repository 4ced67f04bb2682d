"""The common indicators: right by their definitions, blind to what comes later, and well begun."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import market
from market.indicators import INDICATORS, bars_needed, newest_value
from streams.indicators import INDICATORS as ASKABLE
from streams.indicators import USUAL, IndicatorParamsNotValid, complete_params
from tests.unit.market.by_hand import Bars, columns_of, value_at

PRICES = Path(market.__file__).parent / "data" / "equity_us_daily_2000_2013.csv.gz"
# Besides those that are left out: short and long ones, of each kind of indicator.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("sma", {"period": 2}),
    ("hma", {"period": 55}),
    ("tema", {"period": 5}),
    ("rsi", {"period": 2}),
    ("macd", {"fast": 3, "slow": 40, "signal": 5}),
    ("stochastic", {"k": 5, "d": 1, "smooth": 1}),
    ("roc", {"period": 1}),
    ("bb", {"period": 50, "std": 2.5}),
    ("kc", {"period": 5, "atr": 20, "multiplier": 1.5}),
    ("adx", {"period": 7}),
    ("ichimoku", {"tenkan": 5, "kijun": 10, "senkou": 30}),
    ("psar", {"step": 0.01, "max": 0.1}),
    ("supertrend", {"period": 7, "multiplier": 2}),
]
EVERY: list[tuple[str, dict[str, Any]]] = [*((name, {}) for name in ASKABLE), *OTHERS]


@pytest.fixture(scope="module")
def ibm() -> dict[str, Any]:
    with gzip.open(PRICES, "rt") as file:
        return columns_of([row for row in csv.DictReader(file) if row["symbol"] == "IBM"])


def until(bars: Bars, end: int, count: int | None = None) -> Bars:
    start = 0 if count is None else max(end - count, 0)
    return {name: column[start:end] for name, column in bars.items()}


def numbers(value: float | dict[str, float] | None) -> list[float]:
    assert value is not None
    return list(value.values()) if isinstance(value, dict) else [value]


def as_published(name: str, params: dict[str, Any], bars: Bars, end: int) -> Any:
    """Return a value from as many bars as are read for it; what counts has all of 250."""
    count = bars_needed(name, params)
    return newest_value(name, params, until(bars, end, 250 if count is None else count))


def test_whatever_can_be_asked_for_can_be_computed() -> None:
    assert set(ASKABLE) == set(INDICATORS)
    assert set(USUAL) <= set(ASKABLE)


@pytest.mark.parametrize(("name", "given"), EVERY)
def test_an_indicator_is_what_its_definition_says(
    name: str, given: dict[str, Any], ibm: dict[str, Any]
) -> None:
    params = complete_params(name, given)

    for end in (2300, 2801, 3270):
        counted = 250 if bars_needed(name, params) is None else None
        by_hand = value_at(name, params, until(ibm, end, counted))
        published = as_published(name, params, ibm, end)

        if isinstance(by_hand, dict):
            assert list(published) == list(by_hand)
        # What a difference of prices loses is measured by the prices.
        assert numbers(published) == pytest.approx(numbers(by_hand), rel=1e-6, abs=2e-8)


@pytest.mark.parametrize(("name", "given"), EVERY)
def test_a_value_does_not_depend_on_where_its_bars_begin(
    name: str, given: dict[str, Any], ibm: dict[str, Any]
) -> None:
    params = complete_params(name, given)
    count = bars_needed(name, params)
    if count is None:
        return  # where these begin is part of what they are

    for end in range(2400, 3271, 29):
        short = numbers(newest_value(name, params, until(ibm, end, count)))
        long = numbers(newest_value(name, params, until(ibm, end)))

        assert short == pytest.approx(long, rel=1e-6, abs=2e-8)


@pytest.mark.parametrize("name", ASKABLE)
def test_too_few_bars_give_no_value_and_never_anything_but_a_number(
    name: str, ibm: dict[str, Any]
) -> None:
    params = complete_params(name, {})
    first = next(n for n in range(1, 200) if newest_value(name, params, until(ibm, n)) is not None)

    assert first == FIRST[name]
    for count in range(first, 300):
        assert np.isfinite(numbers(newest_value(name, params, until(ibm, count)))).all()


# From how many bars on there is a value, by the definitions.
FIRST = {
    **dict.fromkeys(("sma", "ema", "wma", "bb", "dc", "cci", "cmf", "kc"), 20),
    **dict.fromkeys(("obv", "ad", "vwap"), 1),
    **dict.fromkeys(("rsi", "mfi", "atr"), 15),
    "hma": 20 + 4 - 1,
    "dema": 20 + 19,
    "tema": 20 + 2 * 19,
    "macd": 26 + 8,
    "stochastic": 14 + 2 + 2,
    "roc": 11,
    "adx": 14 + 14,
    "ichimoku": 52 + 26,
    "psar": 2,
    "supertrend": 11,
}


@pytest.mark.parametrize("name", ASKABLE)
def test_the_bounds_of_every_param_can_be_computed(name: str, ibm: dict[str, Any]) -> None:
    params = ASKABLE[name].params
    rising = ASKABLE[name].rising
    least = {key: param.least + rising.index(key) * 0.01 for key, param in params.items()
             if key in rising and not param.whole}  # fmt: skip
    whole = {key: param.least + rising.index(key) for key, param in params.items()
             if key in rising and param.whole}  # fmt: skip
    lowest = {key: param.least for key, param in params.items()} | least | whole
    highest = {key: param.most for key, param in params.items()}
    for place, key in enumerate(reversed(rising)):
        highest[key] = params[key].most if not place else params[key].most / (place + 1)
        if params[key].whole:
            highest[key] = params[key].most - place

    for given in (lowest, highest):
        complete = complete_params(name, given)
        assert numbers(as_published(name, complete, ibm, 3270))


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        *((name, 1.0) for name in ("rsi", "stochastic", "cci", "adx", "mfi")),
        *((name, 0.0) for name in ("mfi", "cmf", "vwap")),
    ],
)
def test_what_would_divide_by_nothing_is_no_number(name: str, volume: float) -> None:
    flat = {key: np.full(500, 10.0) for key in ("open", "high", "low", "close")}
    flat["volume"] = np.full(500, volume)

    assert newest_value(name, complete_params(name, {}), flat) is None


def test_params_are_spelled_in_one_way() -> None:
    assert complete_params("bb", {"std": 2.0}) == complete_params("bb", {}) == {
        "period": 20,
        "std": 2,
    }  # fmt: skip
    assert repr(complete_params("bb", {"std": 2.0})["std"]) == "2"
    assert complete_params("bb", {"std": 2.5})["std"] == 2.5


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("rsi", {"period": 1}, "from 2 to 500"),
        ("rsi", {"period": 501}, "from 2 to 500"),
        ("rsi", {"period": 14.5}, "whole number"),
        ("rsi", {"period": True}, "whole number"),
        ("rsi", {"period": "14"}, "whole number"),
        ("rsi", {"length": 14}, "it takes period"),
        ("vwap", {"period": 14}, "no params"),
        ("bb", {"std": float("nan")}, "from 0.1 to 20"),
        ("bb", {"std": float("inf")}, "from 0.1 to 20"),
        ("macd", {"fast": 26}, "fast < slow"),
        ("ichimoku", {"kijun": 52}, "tenkan < kijun < senkou"),
    ],
)
def test_what_an_indicator_does_not_take_is_said(
    name: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(IndicatorParamsNotValid, match=said):
        complete_params(name, given)
