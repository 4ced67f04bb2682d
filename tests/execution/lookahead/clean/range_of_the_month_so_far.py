def compute(data, params):
    month = data.index.year * 100 + data.index.month
    top = data.groupby(month)["high"].cummax()
    bottom = data.groupby(month)["low"].cummin()
    return (data["close"] - bottom) / (top - bottom)
