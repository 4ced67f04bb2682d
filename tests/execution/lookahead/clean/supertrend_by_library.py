def compute(data, params):
    return ta.supertrend(data["high"], data["low"], data["close"]).iloc[:, 1]
