def compute(data, params):
    rising = data["close"].shift(-1) > data["close"]
    return data["close"].rolling(3).mean().where(rising)
