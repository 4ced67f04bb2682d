def compute(data, params):
    close = data["close"]
    plot((close - close.mean()) / close.std(), "score", panel="score")
    return close.rolling(20).mean()
