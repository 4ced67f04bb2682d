def compute(data, params):
    hourly = data["close"].resample("1h").last().dropna().shift(1)
    return hourly.reindex(data.index, method="ffill")
