def compute(data, params):
    total = data["volume"].sum()
    return total - data["volume"].cumsum()
