def compute(data, params):
    import talib

    line, trigger, histogram = talib.MACD(data["close"])
    return pd.DataFrame({"value": histogram, "line": line})
