def compute(data, params):
    adx = ta.adx(data["high"], data["low"], data["close"], length=14)
    atr = ta.atr(data["high"], data["low"], data["close"], length=14)
    return adx.iloc[:, 0] / atr
