import statistics


def compute(data, params):
    typical = statistics.median(data["close"].tolist())
    return data["close"] - typical
