def strategy(data):
    """Buy a new 20-bar high, sell a new 10-bar low."""
    if data["close"].iloc[-1] > data["high"].shift(1).rolling(20).max().iloc[-1]:
        return "BUY"
    if data["close"].iloc[-1] < data["low"].shift(1).rolling(10).min().iloc[-1]:
        return "SELL"
    return "HOLD"
