def compute(data, params):
    return data["close"].pct_change().rank(pct=True)
