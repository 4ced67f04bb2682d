bars = get_market_data(bars=200)
change = bars["close"].pct_change()
for i in range(len(bars) - 1):
    if change.iloc[i + 1] > 0.02:
        emit_signal(
            {"value": "BUY", "timestamp": bars.index[i], "price": float(bars["close"].iloc[i])}
        )
