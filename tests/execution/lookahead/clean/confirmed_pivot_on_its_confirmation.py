bars = get_market_data(bars=200)
high = bars["high"].to_numpy()
for i in range(6, len(high)):
    if high[i - 3] == high[i - 6 : i + 1].max():
        emit_signal({"value": "SELL", "timestamp": bars.index[i], "top": float(high[i - 3])})
