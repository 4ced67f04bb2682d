bars = get_market_data(bars=50)
rsi = ta.rsi(bars["close"], length=14)
emit_signal({"value": float(rsi.iloc[-2]), "timestamp": bars.index[-2]})
