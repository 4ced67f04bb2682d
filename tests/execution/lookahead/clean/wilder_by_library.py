def compute(data, params):
    return ta.rsi(data["close"], length=14)
