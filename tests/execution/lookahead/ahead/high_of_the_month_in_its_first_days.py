def compute(data, params):
    month = data.index.year * 100 + data.index.month
    return data["close"] / data.groupby(month)["high"].transform("max")
