from typing import Dict, NamedTuple


class Levels(NamedTuple):
    pivot: float
    r1: float
    s1: float
    r2: float
    s2: float


def classic(high: float, low: float, close: float) -> Levels:
    pivot = (high + low + close) / 3
    return Levels(pivot, 2 * pivot - low, 2 * pivot - high, pivot + high - low, pivot - (high - low))


def fibonacci(high: float, low: float, close: float) -> Dict[str, float]:
    pivot = (high + low + close) / 3
    return {f"{sign}{ratio}": pivot + sign * ratio * (high - low) for sign in (1, -1) for ratio in (0.382, 0.618, 1.0)}


days = get_market_data(timeframe="15m", bars=600).resample("1D").agg({"high": "max", "low": "min", "close": "last"}).dropna()
yesterday = days.iloc[-2]
levels = classic(**yesterday.to_dict())
price = days["close"].iloc[-1]
supports = sorted((p for p in levels if p < price), reverse=True)
resistances = sorted(p for p in levels if p >= price)
emit_signal({
    "value": levels.pivot,
    "levels": list(levels),
    "nearest": [supports[0] if supports else None, resistances[0] if resistances else None],
    "fibonacci": fibonacci(**yesterday.to_dict()),
})
