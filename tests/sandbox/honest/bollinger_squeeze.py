import pandas as pd

length = params.get("length", 20)
mult = params.get("mult", 2.0)
df = get_market_data(bars=500)

mid = df["close"].rolling(length).mean()
dev = df["close"].rolling(length).std(ddof=0)
upper, lower = mid + mult * dev, mid - mult * dev
bandwidth = (upper - lower) / mid
percent_b = (df["close"] - lower) / (upper - lower)
squeeze = bandwidth < bandwidth.rolling(120).quantile(0.2)
runs = (squeeze != squeeze.shift()).cumsum()
longest = int(squeeze.groupby(runs).sum().max())

state = "squeeze" if squeeze.iloc[-1] else "normal"
log(f"{context['instrument']} %b={percent_b.iloc[-1]:.3f} bw={bandwidth.iloc[-1]:.4%} {state}")
result = {
    "value": round(float(percent_b.iloc[-1]), 8),
    "bandwidth": bandwidth.iloc[-1],
    "longest_squeeze": longest,
    "outside": int(((df["close"] > upper) | (df["close"] < lower)).sum()),
}
