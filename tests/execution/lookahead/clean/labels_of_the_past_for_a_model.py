close = get_market_data(bars=400)["close"]
change = close.pct_change()
known = pd.DataFrame({"x": change.shift(1), "y": change}).dropna().iloc[:-1]
slope = float(known["x"].cov(known["y"]) / known["x"].var()) if len(known) > 10 else 0.0
result = {"value": slope * float(change.iloc[-1]), "rows": len(known)}
