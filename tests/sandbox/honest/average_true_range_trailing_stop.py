"""A chandelier exit: a stop that trails the highest high by three average true ranges."""
import numpy as np


def true_range(df):
    prev_close = df["close"].shift(1)
    ranges = pd.concat(
        [df["high"] - df["low"], (df["high"] - prev_close).abs(), (df["low"] - prev_close).abs()],
        axis=1,
    )
    return ranges.max(axis=1)


df = get_market_data(bars=400)
df["tr"] = true_range(df)
df["atr"] = df["tr"].ewm(alpha=1 / 14, adjust=False).mean()

stop = np.full(len(df), np.nan)
direction = 1
highest, lowest = df["high"].iloc[0], df["low"].iloc[0]
flips = 0
for i in range(1, len(df)):
    row = df.iloc[i]
    highest = max(highest, row["high"])
    lowest = min(lowest, row["low"])
    if direction == 1:
        level = highest - 3.0 * row["atr"]
        stop[i] = level if np.isnan(stop[i - 1]) else max(level, stop[i - 1])
        if row["close"] < stop[i]:
            direction, flips = -1, flips + 1
            lowest, stop[i] = row["low"], row["low"] + 3.0 * row["atr"]
    else:
        level = lowest + 3.0 * row["atr"]
        stop[i] = min(level, stop[i - 1])
        if row["close"] > stop[i]:
            direction, flips = 1, flips + 1
            highest, stop[i] = row["high"], row["high"] - 3.0 * row["atr"]
df["stop"] = stop
emit_signal({
    "value": "LONG" if direction == 1 else "SHORT",
    "timestamp": df.index[-1],
    "stop": round(float(df["stop"].iloc[-1]), 4),
    "flips": flips,
    "distance_in_atr": float((df["close"] - df["stop"]).abs().iloc[-1] / df["atr"].iloc[-1]),
})
