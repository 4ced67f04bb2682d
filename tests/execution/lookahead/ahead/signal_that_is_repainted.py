bars = get_market_data(bars=120)
best = bars["close"].max()
for when, price in bars["close"].tail(20).items():
    emit_signal({"value": float(price / best), "timestamp": when})
