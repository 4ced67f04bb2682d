def compute(data, params):
    import talib

    return talib.SAR(data["high"], data["low"])
