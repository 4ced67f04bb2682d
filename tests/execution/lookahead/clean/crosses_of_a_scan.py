bars = get_market_data(bars=300)
close = bars["close"]
average = close.rolling(50).mean()
for i in range(51, len(bars)):
    if close.iloc[i] > average.iloc[i] and close.iloc[i - 1] <= average.iloc[i - 1]:
        emit_signal({"value": "BUY", "timestamp": bars.index[i], "average": float(average.iloc[i])})
