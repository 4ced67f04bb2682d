import talib

df = get_market_data(bars=400)
period, multiplier = 10, 3.0
atr = talib.ATR(df["high"], df["low"], df["close"], timeperiod=period)
middle = (df["high"] + df["low"]) / 2
upper, lower = (middle + multiplier * atr).to_numpy(copy=True), (middle - multiplier * atr).to_numpy(copy=True)
close = df["close"].to_numpy()
trend = np.ones(len(df), dtype=int)
line = np.full(len(df), np.nan)
for i in range(period + 1, len(df)):
    if close[i] > upper[i - 1]:
        trend[i] = 1
    elif close[i] < lower[i - 1]:
        trend[i] = -1
    else:
        trend[i] = trend[i - 1]
        if trend[i] == 1 and lower[i] < lower[i - 1]:
            lower[i] = lower[i - 1]
        if trend[i] == -1 and upper[i] > upper[i - 1]:
            upper[i] = upper[i - 1]
    line[i] = lower[i] if trend[i] == 1 else upper[i]
plot(line, "Supertrend", style="step")
result = {"value": float(line[-1]), "trend": int(trend[-1]), "turns": int(np.abs(np.diff(trend)).sum() // 2)}
