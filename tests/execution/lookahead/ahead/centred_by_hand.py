def compute(data, params):
    width = 5
    averaged = data["close"].rolling(width).mean()
    return averaged.shift(-(width // 2))
