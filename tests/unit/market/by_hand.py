"""The common indicators by their definitions, one bar after the other, and no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from market.aggregation import FloatArray

Bars = Mapping[str, FloatArray]
Params = Mapping[str, Any]
NAN = float("nan")


def windows(values: FloatArray, period: int, of: Callable[[FloatArray], float]) -> FloatArray:
    """Return what a function says of the newest ``period`` values at each of them."""
    found = np.full(len(values), NAN)
    for i in range(period - 1, len(values)):
        found[i] = of(values[i - period + 1 : i + 1])
    return found


def mean(values: FloatArray, period: int) -> FloatArray:
    return windows(values, period, lambda part: float(np.sum(part)) / period)


def weighted(values: FloatArray, period: int) -> FloatArray:
    weights = np.arange(1, period + 1)
    return windows(values, period, lambda part: float(part @ weights) / weights.sum())


def smoothed(values: FloatArray, period: int, share: float) -> FloatArray:
    """Return an average that begins with a plain one and then moves by a share of the way."""
    found = np.full(len(values), NAN)
    begun = int(np.isfinite(values).argmax()) + period - 1
    if begun >= len(values):
        return found
    found[begun] = values[begun - period + 1 : begun + 1].mean()
    for i in range(begun + 1, len(values)):
        found[i] = found[i - 1] + share * (values[i] - found[i - 1])
    return found


def exponential(values: FloatArray, period: int) -> FloatArray:
    return smoothed(values, period, 2 / (period + 1))


def wilders(values: FloatArray, period: int) -> FloatArray:
    return smoothed(values, period, 1 / period)


def before(values: FloatArray, by: int = 1) -> FloatArray:
    return np.concatenate([np.full(by, NAN), values[:-by]])


def typical(bars: Bars) -> FloatArray:
    return (bars["high"] + bars["low"] + bars["close"]) / 3


def true_range(bars: Bars) -> FloatArray:
    previous = before(bars["close"])
    reach = [bars["high"] - bars["low"], abs(bars["high"] - previous), abs(bars["low"] - previous)]
    found: FloatArray = np.maximum.reduce(reach)
    found[0] = NAN
    return found


def middle(bars: Bars, period: int) -> FloatArray:
    return (windows(bars["high"], period, np.max) + windows(bars["low"], period, np.min)) / 2


def rsi(bars: Bars, p: Params) -> FloatArray:
    change = bars["close"] - before(bars["close"])
    up = wilders(np.where(np.isnan(change), NAN, np.maximum(change, 0)), p["period"])
    down = wilders(np.where(np.isnan(change), NAN, np.maximum(-change, 0)), p["period"])
    return 100 * up / (up + down)


def macd(bars: Bars, p: Params) -> dict[str, FloatArray]:
    line = exponential(bars["close"], p["fast"]) - exponential(bars["close"], p["slow"])
    signal = exponential(line, p["signal"])
    return {"macd": line, "signal": signal, "histogram": line - signal}


def stochastic(bars: Bars, p: Params) -> dict[str, FloatArray]:
    low = windows(bars["low"], p["k"], np.min)
    high = windows(bars["high"], p["k"], np.max)
    k = mean(100 * (bars["close"] - low) / (high - low), p["smooth"])
    return {"k": k, "d": mean(k, p["d"])}


def cci(bars: Bars, p: Params) -> FloatArray:
    price = typical(bars)
    deviation = windows(price, p["period"], lambda part: float(abs(part - part.mean()).mean()))
    return (price - mean(price, p["period"])) / (0.015 * deviation)


def mfi(bars: Bars, p: Params) -> FloatArray:
    price = typical(bars)
    change, flow = price - before(price), price * bars["volume"]
    up = windows(np.where(change > 0, flow, 0), p["period"], np.sum)
    down = windows(np.where(change < 0, flow, 0), p["period"], np.sum)
    found = 100 * up / (up + down)
    found[: p["period"]] = NAN
    return found


def bands(centre: FloatArray, width: FloatArray) -> dict[str, FloatArray]:
    return {"upper": centre + width, "middle": centre, "lower": centre - width}


def bb(bars: Bars, p: Params) -> dict[str, FloatArray]:
    deviation = windows(bars["close"], p["period"], lambda part: float(part.std(ddof=0)))
    return bands(mean(bars["close"], p["period"]), p["std"] * deviation)


def kc(bars: Bars, p: Params) -> dict[str, FloatArray]:
    width = p["multiplier"] * wilders(true_range(bars), p["atr"])
    return bands(exponential(typical(bars), p["period"]), width)


def dc(bars: Bars, p: Params) -> dict[str, FloatArray]:
    high = windows(bars["high"], p["period"], np.max)
    low = windows(bars["low"], p["period"], np.min)
    return {"upper": high, "middle": (high + low) / 2, "lower": low}


def adx(bars: Bars, p: Params) -> dict[str, FloatArray]:
    up = bars["high"] - before(bars["high"])
    down = before(bars["low"]) - bars["low"]
    plus = np.where(np.isnan(up), NAN, np.where((up > down) & (up > 0), up, 0))
    minus = np.where(np.isnan(up), NAN, np.where((down > up) & (down > 0), down, 0))
    reach = wilders(true_range(bars), p["period"])
    plus_di = 100 * wilders(plus, p["period"]) / reach
    minus_di = 100 * wilders(minus, p["period"]) / reach
    apart = 100 * abs(plus_di - minus_di) / (plus_di + minus_di)
    return {"adx": wilders(apart, p["period"]), "plus_di": plus_di, "minus_di": minus_di}


def obv(bars: Bars, p: Params) -> FloatArray:
    found = [bars["volume"][0]]
    for i in range(1, len(bars["close"])):
        way = np.sign(bars["close"][i] - bars["close"][i - 1])
        found.append(found[-1] + way * bars["volume"][i])
    return np.array(found)


def money_flow(bars: Bars) -> FloatArray:
    reach = bars["high"] - bars["low"]
    place = (bars["close"] - bars["low"]) - (bars["high"] - bars["close"])
    shares = np.divide(place, reach, out=np.zeros_like(reach), where=reach > 0)
    return shares * bars["volume"]


def ichimoku(bars: Bars, p: Params) -> dict[str, FloatArray]:
    tenkan, kijun = middle(bars, p["tenkan"]), middle(bars, p["kijun"])
    return {
        "tenkan": tenkan,
        "kijun": kijun,
        "senkou_a": before((tenkan + kijun) / 2, p["kijun"]),
        "senkou_b": before(middle(bars, p["senkou"]), p["kijun"]),
    }


def psar(bars: Bars, p: Params) -> FloatArray:
    """Return Wilder's stop and reverse: the stop at a bar, or where it turned to in the bar."""
    high, low = bars["high"], bars["low"]
    rises = not (low[0] - low[1] > 0 and low[0] - low[1] > high[1] - high[0])
    stop, best = (low[0], high[1]) if rises else (high[0], low[1])
    step, found = p["step"], [NAN]
    for i in range(1, len(high)):
        if low[i] <= stop if rises else high[i] >= stop:
            edges = (high if rises else low)[i - 1 : i + 1]
            stop = max(best, *edges) if rises else min(best, *edges)
            found.append(stop)
            rises, step, best = not rises, p["step"], low[i] if rises else high[i]
            stop += step * (best - stop)
        else:
            found.append(stop)
            further = high[i] > best if rises else low[i] < best
            if further:
                best, step = (high[i] if rises else low[i]), min(step + p["step"], p["max"])
            stop += step * (best - stop)
        edges = (low if rises else high)[i - 1 : i + 1]
        stop = min(stop, *edges) if rises else max(stop, *edges)
    return np.array(found)


def supertrend(bars: Bars, p: Params) -> dict[str, FloatArray]:
    close, centre = bars["close"], (bars["high"] + bars["low"]) / 2
    width = p["multiplier"] * wilders(true_range(bars), p["period"])
    upper, lower = centre + width, centre - width
    rises, found, ways = True, [NAN] * len(close), [NAN] * len(close)
    for i in range(p["period"] + 1, len(close)):
        if upper[i] > upper[i - 1] and close[i - 1] <= upper[i - 1]:
            upper[i] = upper[i - 1]
        if lower[i] < lower[i - 1] and close[i - 1] >= lower[i - 1]:
            lower[i] = lower[i - 1]
        rises = close[i] >= lower[i] if rises else close[i] > upper[i]
        found[i], ways[i] = (lower[i], 1) if rises else (upper[i], -1)
    return {"value": np.array(found), "direction": np.array(ways)}


def tema(bars: Bars, p: Params) -> FloatArray:
    once = exponential(bars["close"], p["period"])
    twice = exponential(once, p["period"])
    return 3 * once - 3 * twice + exponential(twice, p["period"])


def dema(bars: Bars, p: Params) -> FloatArray:
    once = exponential(bars["close"], p["period"])
    return 2 * once - exponential(once, p["period"])


def hma(bars: Bars, p: Params) -> FloatArray:
    half, whole = weighted(bars["close"], p["period"] // 2), weighted(bars["close"], p["period"])
    return weighted(2 * half - whole, int(p["period"] ** 0.5))


BY_HAND: Mapping[str, Callable[[Bars, Params], FloatArray | dict[str, FloatArray]]] = {
    "sma": lambda bars, p: mean(bars["close"], p["period"]),
    "ema": lambda bars, p: exponential(bars["close"], p["period"]),
    "wma": lambda bars, p: weighted(bars["close"], p["period"]),
    "hma": hma,
    "tema": tema,
    "dema": dema,
    "rsi": rsi,
    "macd": macd,
    "stochastic": stochastic,
    "cci": cci,
    "mfi": mfi,
    "roc": lambda bars, p: 100 * (bars["close"] / before(bars["close"], p["period"]) - 1),
    "bb": bb,
    "atr": lambda bars, p: wilders(true_range(bars), p["period"]),
    "kc": kc,
    "dc": dc,
    "adx": adx,
    "obv": obv,
    "vwap": lambda bars, p: np.cumsum(typical(bars) * bars["volume"]) / np.cumsum(bars["volume"]),
    "ad": lambda bars, p: np.cumsum(money_flow(bars)),
    "cmf": lambda bars, p: (
        windows(money_flow(bars), p["period"], np.sum)
        / windows(bars["volume"], p["period"], np.sum)
    ),
    "ichimoku": ichimoku,
    "psar": psar,
    "supertrend": supertrend,
}


def value_at(name: str, params: Params, bars: Bars) -> float | dict[str, float]:
    """Return an indicator at the last bar."""
    series = BY_HAND[name](bars, params)
    if isinstance(series, dict):
        return {key: float(one[-1]) for key, one in series.items()}
    return float(series[-1])


def columns_of(rows: Sequence[Mapping[str, str]]) -> dict[str, npt.NDArray[np.float64]]:
    """Return the columns of rows of a file."""
    names = ("open", "high", "low", "close", "volume")
    return {name: np.array([float(row[name]) for row in rows]) for name in names}
