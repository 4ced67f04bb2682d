def compute(data, params):
    return data["close"].ewm(halflife=30, adjust=True).mean()
