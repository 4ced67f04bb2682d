plot(data["close"].shift(-26), "lagging")
result = {"value": float(data["close"].iloc[-1])}
