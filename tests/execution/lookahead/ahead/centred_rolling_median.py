def compute(data, params):
    return data["close"] - data["close"].rolling(window=7, center=True, min_periods=1).median()
