data = get_market_data(bars=300)
macd = data.ta.macd(fast=12, slow=26)
bands = data.ta.bbands(length=20)
emit_signal({"value": float(macd.iloc[-1, 0]), "columns": list(bands.columns)})
