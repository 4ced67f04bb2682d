def compute(data, params):
    out = data["close"].rolling(10).mean()
    loud = data["volume"] > 3 * data["volume"].rolling(50).mean()
    out[loud] = data["close"].shift(-2)[loud]
    return out
