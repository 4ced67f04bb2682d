def compute(data, params):
    change = data["close"].pct_change()
    best, period = -1e9, 5
    for candidate in (5, 10, 20, 40, 80):
        held = (data["close"] > data["close"].rolling(candidate).mean()).shift(1).fillna(False)
        gain = float((change * held).sum())
        if gain > best:
            best, period = gain, candidate
    return data["close"] - data["close"].rolling(period).mean()
