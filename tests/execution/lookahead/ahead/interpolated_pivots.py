def compute(data, params):
    high = data["high"]
    pivots = high.where(high == high.rolling(9).max())
    return pivots.interpolate(method="linear")
