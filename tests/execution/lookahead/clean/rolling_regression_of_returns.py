def compute(data, params):
    change = data["close"].pct_change()
    before = change.shift(1)
    return change.rolling(40).cov(before) / before.rolling(40).var()
