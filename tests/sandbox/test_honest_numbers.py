"""What honest scripts compute, against TA-Lib, closed forms and arithmetic by hand."""

import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import talib
from scipy.special import ndtr

from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from tests.sandbox import honest_market
from tests.sandbox.test_honest_oracle import FOLDER, run_honestly

pytestmark = pytest.mark.sandbox

Floats = npt.NDArray[np.float64]
Said = Callable[[str], SandboxResult]


@pytest.fixture
def said(sandbox: Sandbox) -> Said:
    """Return a function that runs an honest script by its name."""

    def run(name: str) -> SandboxResult:
        result = run_honestly(sandbox, Path(FOLDER / f"{name}.py"))
        assert result.status == "ok", result.error
        return result

    return run


def _column(
    name: str, bars: int, instrument: str | None = None, timeframe: str | None = None
) -> Floats:
    return honest_market.newest_bars(instrument, timeframe, bars).columns[name]


def _output(result: SandboxResult) -> tuple[Any, dict[str, Any]]:
    return result.outputs[-1]["value"], result.outputs[-1]["metadata"]


def test_bollinger_bands_are_those_of_ta_lib(said: Said) -> None:
    percent, about = _output(said("bollinger_squeeze"))

    close = _column("close", 500)
    upper, middle, lower = (band[-1] for band in talib.BBANDS(close, 20, 2, 2))
    assert percent == pytest.approx((close[-1] - lower) / (upper - lower), abs=1e-6)
    assert about["bandwidth"] == pytest.approx((upper - lower) / middle, abs=1e-9)


def test_a_moving_average_convergence_is_that_of_two_recursions(said: Said) -> None:
    plots = {plot.name: plot.values for plot in said("macd_with_histogram_plots").plots}

    def smooth(values: Floats, span: int) -> Floats:
        smoothed = values.copy()
        for i in range(1, len(values)):
            smoothed[i] = smoothed[i - 1] + 2 / (span + 1) * (values[i] - smoothed[i - 1])
        return smoothed

    close = _column("close", 500)
    macd = smooth(close, 12) - smooth(close, 26)
    assert plots["MACD"] == pytest.approx(macd.tolist(), abs=1e-9)
    assert plots["Histogram"] == pytest.approx((macd - smooth(macd, 9)).tolist(), abs=1e-9)
    # TA-Lib begins with simple averages; after 400 bars that is forgotten.
    assert macd[-1] == pytest.approx(talib.MACD(close)[0][-1], abs=1e-6)


def test_ichimoku_lines_are_midpoints_of_extremes(said: Said) -> None:
    value, _ = _output(said("ichimoku_by_hand"))

    high, low = _column("high", 300), _column("low", 300)

    def middle(end: int, n: int) -> float:
        return float(high[end - n : end].max() + low[end - n : end].min()) / 2

    assert value["tenkan"] == pytest.approx(middle(300, 9))
    assert value["kijun"] == pytest.approx(middle(300, 26))
    leading = [(middle(274, 9) + middle(274, 26)) / 2, middle(274, 52)]
    assert value["senkou"] == pytest.approx(leading)


def test_a_regression_channel_is_that_of_least_squares(said: Said) -> None:
    _, about = _output(said("regression_channel"))

    close = _column("close", 100)
    assert about["slope"] == pytest.approx(talib.LINEARREG_SLOPE(close, 100)[-1], abs=1e-9)
    assert about["r_squared"] == pytest.approx(np.corrcoef(np.arange(100), close)[0, 1] ** 2)


def test_a_pair_is_correlated_as_numpy_says(said: Said) -> None:
    _, about = _output(said("pairs_z_score"))

    changes = [
        np.diff(np.log(_column("close", 300, instrument)))
        for instrument in ("BANKNIFTY", "NIFTY50")
    ]
    assert about["correlation"] == pytest.approx(np.corrcoef(changes[0], changes[1])[0, 1])
    last_60 = [np.log(_column("close", 60, name)) for name in ("BANKNIFTY", "NIFTY50")]
    covariance = np.cov(last_60[0], last_60[1])
    assert about["beta"] == pytest.approx(covariance[0, 1] / covariance[1, 1])


def test_a_volume_profile_peaks_where_most_was_traded(said: Said) -> None:
    value, about = _output(said("volume_profile"))

    low, high, volume = (_column(name, 300) for name in ("low", "high", "volume"))
    first, last = np.floor(low / 0.5), np.floor(high / 0.5)
    levels = np.arange(first.min(), last.max() + 1)
    inside = (levels[:, None] >= first) & (levels[:, None] <= last)
    profile = (inside * (volume / (last - first + 1))).sum(axis=1)
    assert value == levels[np.argmax(profile)] * 0.5
    assert profile.sum() == pytest.approx(volume.sum())
    below, above = about["value_area"]
    covered = profile[(levels * 0.5 >= below) & (levels * 0.5 <= above)].sum()
    assert about["coverage"] == pytest.approx(covered / volume.sum())
    assert about["coverage"] >= 0.7


def test_a_price_weighted_by_volume_begins_anew_with_the_session(said: Said) -> None:
    value, about = _output(said("vwap_with_session_reset"))

    bars = honest_market.newest_bars(None, "5m", 1500)
    minute = (bars.index_ns // 60_000_000_000 + 330) % 1440
    day = (bars.index_ns // 60_000_000_000 + 330) // 1440
    inside = (minute >= 555) & (minute < 930)
    today = inside & (day == day[inside][-1])
    high, low, close, volume = (
        bars.columns[name][today] for name in ("high", "low", "close", "volume")
    )
    assert value == pytest.approx((((high + low + close) / 3) * volume).sum() / volume.sum())
    assert about["bars_per_day"][1:-1] == [75] * (about["days"] - 2)


def test_heikin_ashi_candles_are_those_of_their_recursion(said: Said) -> None:
    _, about = _output(said("heikin_ashi_streaks"))

    open_, high, low, close = (_column(name, 200) for name in ("open", "high", "low", "close"))
    opened, middle = (open_[0] + close[0]) / 2, (open_ + high + low + close) / 4
    for i in range(1, 200):
        opened = (opened + middle[i - 1]) / 2
    assert about["last"] == pytest.approx(
        {
            "open": opened,
            "close": middle[-1],
            "high": max(opened, middle[-1], high[-1]),
            "low": min(opened, middle[-1], low[-1]),
        },
        abs=1e-6,
    )


def test_a_relative_strength_index_is_wilders(said: Said) -> None:
    value, _ = _output(said("json_in_and_out"))

    close = _column("close", 200)
    gain = loss = 0.0
    for i, change in enumerate(np.diff(close)):
        gain = max(change, 0.0) if i == 0 else gain + (max(change, 0.0) - gain) / 14
        loss = max(-change, 0.0) if i == 0 else loss + (max(-change, 0.0) - loss) / 14
    assert value == round(100 - 100 / (1 + gain / loss), 2)
    assert value == pytest.approx(talib.RSI(close)[-1], abs=0.1)


def test_an_option_costs_what_black_and_scholes_say(said: Said) -> None:
    value, about = _output(said("statistics_module"))

    close = _column("close", 120, timeframe="1d")
    volatility = np.diff(np.log(close)).std(ddof=1) * math.sqrt(252)
    spot, strike, years = close[-1], float(round(close[-1])), 30 / 365
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (0.06 + volatility**2 / 2) * years) / spread
    expected = spot * ndtr(d1) - strike * math.exp(-0.06 * years) * ndtr(d1 - spread)
    assert about["annual"] == pytest.approx(volatility)
    assert value == pytest.approx(expected)


def test_the_best_round_trip_is_the_best_pair_of_days(said: Said) -> None:
    _, about = _output(said("recursion_with_memo"))

    prices = [round(price, 2) for price in _column("close", 60, timeframe="1d").tolist()]
    best = max(later - earlier for earlier, later in combinations(prices, 2))
    assert about["profits"][0] == pytest.approx(max(best, 0.0))
    assert about["fib"] == [55, 1548008755920]


def test_averages_are_those_of_ta_lib(said: Said) -> None:
    outputs = {o["metadata"].get("name"): o for o in said("multi_output_signals").outputs}

    close = _column("close", 300)
    for length in (10, 20, 50, 100):
        expected = talib.SMA(close, length)[-1]
        assert outputs[f"sma{length}"]["value"] == pytest.approx(expected, abs=1e-8)
    _, about = _output(said("numpy_signal_processing"))
    assert about["wma"] == pytest.approx(talib.WMA(_column("close", 512), 10)[-1], abs=1e-8)


def test_portfolio_weights_solve_their_equations(said: Said) -> None:
    value, about = _output(said("correlation_matrix"))

    names = ["NIFTY50", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"]
    closes = np.array([_column("close", 300, name, "1h") for name in names])
    changes = closes[:, 1:] / closes[:, :-1] - 1
    assert value["NIFTY50"]["FINNIFTY"] == pytest.approx(np.corrcoef(changes)[0, 2])
    weights = np.array([about["min_variance"][name] for name in names])
    risk = np.cov(changes) @ weights
    assert weights.sum() == pytest.approx(1)
    # At the least variance every instrument adds the same risk.
    assert risk == pytest.approx([risk.mean()] * 4, rel=1e-9)
    assert sum(about["explained"]) == pytest.approx(1)


def test_a_breakout_strategy_stands_where_ta_lib_puts_it(said: Said) -> None:
    value, about = _output(said("donchian_breakout"))

    high, low, close = (_column(name, 500) for name in ("high", "low", "close"))
    highest, lowest = talib.MAX(high, 20), talib.MIN(low, 10)
    words = ["HOLD"] * 500
    for bar in range(49, 500):
        if close[bar] > highest[bar - 1]:
            words[bar] = "BUY"
        elif close[bar] < lowest[bar - 1]:
            words[bar] = "SELL"
    newest = max(bar for bar in range(49, 500) if words[bar] != words[bar - 1])
    assert (value, about["bar"], about["price"]) == (words[newest], newest, close[newest])


def test_the_two_forms_of_a_crossing_stand_where_ta_lib_puts_them(said: Said) -> None:
    value, about = _output(said("strategy_with_series"))

    close = _column("close", 500)
    above = (talib.SMA(close, 10) - talib.SMA(close, 30))[29:] > 0
    newest = 29 + 1 + int(np.flatnonzero(np.diff(above))[-1])
    assert (value, about["bar"]) == ("BUY" if above[-1] else "SELL", newest)
