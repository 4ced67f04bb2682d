def compute(data, params):
    high = data["high"]
    top = (high.shift(2) > high.shift(3)) & (high.shift(2) > high.shift(1)) & (high.shift(2) > high)
    return high.shift(2).where(top).ffill()
