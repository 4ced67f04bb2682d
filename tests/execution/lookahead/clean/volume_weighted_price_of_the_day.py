def compute(data, params):
    day = data.index.date
    typical = (data["high"] + data["low"] + data["close"]) / 3
    worth = (typical * data["volume"]).groupby(day).cumsum()
    return worth / data["volume"].groupby(day).cumsum()
