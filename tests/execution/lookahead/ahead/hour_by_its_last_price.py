def compute(data, params):
    hours = data.groupby(data.index.floor("h"))["close"].transform("last")
    return hours - data["close"]
