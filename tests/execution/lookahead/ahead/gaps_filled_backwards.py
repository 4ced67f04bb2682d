def compute(data, params):
    average = data["close"].rolling(20).mean()
    return average.bfill()
