def compute(data, params):
    return data["close"] / data["high"].cummax() - 1
