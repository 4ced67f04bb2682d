for period in (10, 20, 50):
    plot(data["close"].rolling(period).mean(), f"average {period}")
result = {"value": float(data["close"].iloc[-1]), "newest": data["close"].tail(5).tolist()}
