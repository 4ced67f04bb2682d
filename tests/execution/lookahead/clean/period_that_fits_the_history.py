def compute(data, params):
    period = min(params.get("period", 100), len(data) // 3)
    return data["close"].rolling(period).mean()
