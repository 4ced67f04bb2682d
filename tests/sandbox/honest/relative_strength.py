import pandas_ta as ta

period = params.get("period", 14)
data = get_market_data(bars=500)
rsi = ta.rsi(data["close"], length=period)
emit_signal({"value": float(rsi.iloc[-1]), "name": f"rsi-{period}"})
