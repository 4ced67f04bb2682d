"""Indicators as of one bar: what the bars up to it say, and none after it.

Each is computed from a stretch of bars of fixed length that ends with the bar, so that the same bar
gives the same number whenever it is asked for, and from where. What TA-Lib answers with zero where
it would have to divide by zero is no number here. Knows no table and no clock.

TA-Lib brings pandas along, some 70 MB: import this module only where numbers are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import talib
from talib._ta_lib import MA_Type

from market.aggregation import FloatArray

Columns = Mapping[str, FloatArray]
Params = Mapping[str, Any]  # as streams.indicators completes them
# An average that forgets exponentially still has e^-28 of where it was begun after 14 times (period
# + 1) bars, and e^-30 after 30 times Wilder's period: below what the difference of two such
# averages, which is what a MACD histogram is, loses by itself.
EXPONENTIAL = 14
WILDERS = 30
# A stop that follows the price forgets where it was begun when it turns: in so many bars it does.
TURNS = 1000


@dataclass(frozen=True)
class Indicator:
    """How an indicator is computed.

    ``bars`` says from how many, or is None where it counts from the beginning of a day or year.
    ``names`` are those of its numbers, if there are several. ``newest`` returns them as of the last
    bar; NaN says that the bars do not suffice, or that it is not defined on them.
    """

    bars: Callable[[Params], int] | None
    newest: Callable[[Columns, Params], tuple[float, ...]]
    names: tuple[str, ...] = ()


def bars_needed(name: str, params: Params) -> int | None:
    """Return from how many bars a value is computed; None: from the beginning of a day or year."""
    bars = INDICATORS[name].bars
    return None if bars is None else bars(params)


def newest_value(name: str, params: Params, bars: Columns) -> float | dict[str, float] | None:
    """Return an indicator as of the last of some bars, or None where it has no value yet.

    An indicator of several numbers is an object of them by name.
    """
    indicator = INDICATORS[name]
    numbers = [float(number) for number in indicator.newest(bars, params)]
    if not np.isfinite(numbers).all():
        return None
    return dict(zip(indicator.names, numbers, strict=True)) if indicator.names else numbers[0]


def _last(*series: FloatArray) -> tuple[float, ...]:
    return tuple(one[-1] if len(one) else np.nan for one in series)


def _where(defined: bool | np.bool_, *series: FloatArray) -> tuple[float, ...]:
    return _last(*series) if defined else (np.nan,) * len(series)


def _of_closes(function: Callable[..., FloatArray]) -> Callable[..., tuple[float, ...]]:
    return lambda bars, p: _last(function(bars["close"], p["period"]))


def _rsi(bars: Columns, p: Params) -> tuple[float, ...]:
    moves = np.ptp(bars["close"]) > 0
    return _where(moves, talib.RSI(bars["close"], p["period"]))


def _macd(bars: Columns, p: Params) -> tuple[float, ...]:
    return _last(*talib.MACD(bars["close"], p["fast"], p["slow"], p["signal"]))


def _stochastic(bars: Columns, p: Params) -> tuple[float, ...]:
    high, low, close = _prices(bars)
    upper, _, lower = talib.DONCHIAN(high, low, p["k"])
    # Averages of shares of a range: of a range that is nothing there is no share.
    averaged = p["smooth"] + p["d"] - 1
    defined = (upper[-averaged:] > lower[-averaged:]).all()
    series = talib.STOCH(high, low, close, p["k"], p["smooth"], MA_Type.SMA, p["d"], MA_Type.SMA)
    return _where(defined, *series)


def _cci(bars: Columns, p: Params) -> tuple[float, ...]:
    typical = talib.TYPPRICE(*_prices(bars))[-p["period"] :]
    return _where(np.ptp(typical) > 0, talib.CCI(*_prices(bars), p["period"]))


def _mfi(bars: Columns, p: Params) -> tuple[float, ...]:
    recent = slice(-p["period"] - 1, None)
    moved = np.diff(talib.TYPPRICE(*_prices(bars))[recent]) != 0
    flows = (moved & (bars["volume"][recent][1:] > 0)).any()
    return _where(flows, talib.MFI(*_prices(bars), bars["volume"], p["period"]))


def _bb(bars: Columns, p: Params) -> tuple[float, ...]:
    return _last(*talib.BBANDS(bars["close"], p["period"], p["std"], p["std"]))


def _kc(bars: Columns, p: Params) -> tuple[float, ...]:
    return _last(*talib.KC(*_prices(bars), p["period"], p["atr"], p["multiplier"]))


def _dc(bars: Columns, p: Params) -> tuple[float, ...]:
    return _last(*talib.DONCHIAN(bars["high"], bars["low"], p["period"]))


def _adx(bars: Columns, p: Params) -> tuple[float, ...]:
    prices = _prices(bars)
    moves = np.nanmax(talib.TRANGE(*prices), initial=0) > 0 if len(prices[0]) > 1 else False
    functions = (talib.ADX, talib.PLUS_DI, talib.MINUS_DI)
    return _where(moves, *(function(*prices, p["period"]) for function in functions))


def _vwap(bars: Columns, p: Params) -> tuple[float, ...]:
    traded = bars["volume"].sum() > 0
    return _where(traded, talib.VWAP(*_prices(bars), bars["volume"]))


def _cmf(bars: Columns, p: Params) -> tuple[float, ...]:
    traded = bars["volume"][-p["period"] :].sum() > 0
    return _where(traded, talib.CMF(*_prices(bars), bars["volume"], p["period"]))


def _ichimoku(bars: Columns, p: Params) -> tuple[float, ...]:
    high, low, _ = _prices(bars)
    tenkan, kijun, senkou = (
        talib.MIDPRICE(high, low, p[name]) for name in ("tenkan", "kijun", "senkou")
    )
    # The cloud that stands at this bar was drawn when the bar was that far ahead.
    drawn = slice(None, -p["kijun"])
    return _last(tenkan, kijun, ((tenkan + kijun) / 2)[drawn], senkou[drawn])


def _psar(bars: Columns, p: Params) -> tuple[float, ...]:
    return _last(talib.SAR(bars["high"], bars["low"], p["step"], p["max"]))


def _supertrend(bars: Columns, p: Params) -> tuple[float, ...]:
    value, direction = talib.SUPERTREND(*_prices(bars), p["period"], p["multiplier"])
    return _last(value, direction.astype(np.float64))


def _prices(bars: Columns) -> tuple[FloatArray, FloatArray, FloatArray]:
    return bars["high"], bars["low"], bars["close"]


def _period(p: Params, extra: int = 0) -> int:
    return int(p["period"]) + extra


def _exponential(*names: str) -> Callable[[Params], int]:
    return lambda p: sum(EXPONENTIAL * (int(p[name]) + 1) for name in names)


def _wilders(p: Params) -> int:
    return WILDERS * _period(p)


INDICATORS: Mapping[str, Indicator] = {
    "sma": Indicator(_period, _of_closes(talib.SMA)),
    "ema": Indicator(_exponential("period"), _of_closes(talib.EMA)),
    "wma": Indicator(_period, _of_closes(talib.WMA)),
    "hma": Indicator(lambda p: 2 * _period(p), _of_closes(talib.HMA)),
    # Averages of averages: their memories add up.
    "tema": Indicator(_exponential("period", "period"), _of_closes(talib.TEMA)),
    "dema": Indicator(_exponential("period", "period"), _of_closes(talib.DEMA)),
    "rsi": Indicator(_wilders, _rsi),
    "macd": Indicator(_exponential("slow", "signal"), _macd, ("macd", "signal", "histogram")),
    "stochastic": Indicator(
        lambda p: int(p["k"] + p["d"] + p["smooth"]) - 2, _stochastic, ("k", "d")
    ),
    "cci": Indicator(_period, _cci),
    "mfi": Indicator(lambda p: _period(p, 1), _mfi),
    "roc": Indicator(lambda p: _period(p, 1), _of_closes(talib.ROC)),
    "bb": Indicator(_period, _bb, ("upper", "middle", "lower")),
    "atr": Indicator(_wilders, lambda bars, p: _last(talib.ATR(*_prices(bars), p["period"]))),
    "kc": Indicator(
        lambda p: max(EXPONENTIAL * _period(p, 1), WILDERS * int(p["atr"])),
        _kc,
        ("upper", "middle", "lower"),
    ),
    "dc": Indicator(_period, _dc, ("upper", "middle", "lower")),
    "adx": Indicator(_wilders, _adx, ("adx", "plus_di", "minus_di")),
    "obv": Indicator(None, lambda bars, p: _last(talib.OBV(bars["close"], bars["volume"]))),
    "vwap": Indicator(None, _vwap),
    "ad": Indicator(None, lambda bars, p: _last(talib.AD(*_prices(bars), bars["volume"]))),
    "cmf": Indicator(_period, _cmf),
    "ichimoku": Indicator(
        lambda p: int(p["kijun"] + p["senkou"]),
        _ichimoku,
        ("tenkan", "kijun", "senkou_a", "senkou_b"),
    ),
    "psar": Indicator(lambda p: TURNS, _psar),
    "supertrend": Indicator(lambda p: _wilders(p) + TURNS, _supertrend, ("value", "direction")),
}
