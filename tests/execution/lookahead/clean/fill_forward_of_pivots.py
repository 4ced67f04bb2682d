def compute(data, params):
    top = data["high"].where(data["high"] == data["high"].rolling(10).max())
    return top.ffill() - data["close"]
