def compute(data, params):
    return data["volume"].expanding(20).rank(pct=True)
