def compute(data, params):
    import talib

    return talib.CDLENGULFING(data["open"], data["high"], data["low"], data["close"])
