from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.metrics import METRICS, realised_volatility


def value_of(name: str, closes: list[float]) -> float | None:
    volumes = np.arange(1.0, len(closes) + 1)
    return METRICS[name].value_of(np.array(closes, dtype=float), volumes)


def test_the_simple_metrics_follow_from_the_last_two_bars() -> None:
    closes = [50.0, 80.0, 100.0, 90.0]

    assert value_of("close", closes) == 90
    assert value_of("volume", closes) == 4
    assert value_of("change", closes) == -10
    assert value_of("change_percent", closes) == pytest.approx(-10)


def test_realised_volatility_is_the_annualised_deviation_of_log_returns() -> None:
    closes = [100.0, 101.0, 99.0, 102.0, 102.5]
    returns = [float(np.log(after / before)) for before, after in itertools.pairwise(closes)]

    expected = statistics.stdev(returns) * 252**0.5

    assert realised_volatility(np.array(closes)) == pytest.approx(expected)


@given(st.floats(0.5, 1.5), st.floats(1, 1000))
def test_a_steady_growth_has_no_volatility(factor: float, start: float) -> None:
    closes = np.array([start * factor**day for day in range(21)])

    assert realised_volatility(closes) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_none_until_there_are_enough_bars_and_ignores_older_ones(name: str) -> None:
    needed = METRICS[name].bars
    closes = [100.0 + (day * 7) % 5 for day in range(needed)]

    assert value_of(name, closes[1:]) is None
    assert value_of(name, closes) is not None
    volumes = np.arange(1.0, needed + 1)
    older = METRICS[name].value_of(np.array([1.0, *closes]), np.array([9.0, *volumes]))
    assert older == METRICS[name].value_of(np.array(closes), volumes)
