close = get_market_data(bars=100)["close"]
score = (close.iloc[-1] - close.mean()) / close.std()
emit_signal({"value": float(score), "bars": len(close)})
