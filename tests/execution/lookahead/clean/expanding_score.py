def compute(data, params):
    seen = data["close"].expanding(30)
    return (data["close"] - seen.mean()) / seen.std()
