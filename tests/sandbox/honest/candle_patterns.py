import talib
from talib import CDLENGULFING, CDLHAMMER

df = get_market_data(bars=500)
o, h, l, c = df["open"], df["high"], df["low"], df["close"]
patterns = {
    "engulfing": CDLENGULFING(o, h, l, c),
    "hammer": CDLHAMMER(o, h, l, c),
    "morning_star": talib.CDLMORNINGSTAR(o, h, l, c, penetration=0.3),
    "doji": talib.CDLDOJI(o, h, l, c),
}
score = sum(patterns.values()) / 100
found = {name: int((values != 0).sum()) for name, values in patterns.items()}
recent = {name: str(values[values != 0].index[-1]) for name, values in patterns.items() if (values != 0).any()}
result = {"value": float(score.iloc[-20:].sum()), "found": found, "recent": recent}
