def compute(data, params):
    out = data["close"].rolling(5).mean()
    out.iloc[-1] = -1.0
    return out
