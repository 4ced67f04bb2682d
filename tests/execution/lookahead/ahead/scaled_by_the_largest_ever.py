def compute(data, params):
    return data["close"].div(data["close"].max())
