bars = get_market_data(bars=60)
high = bars["high"].to_numpy()
if len(high) > 7 and high[-4] == max(high[-7:]):
    emit_signal({"value": "SELL", "timestamp": bars.index[-4], "price": float(high[-4])})
