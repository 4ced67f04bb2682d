def compute(data, params):
    weekly = data["close"].resample("W-SUN", label="left", closed="right").last()
    return weekly.reindex(data.index, method="ffill")
