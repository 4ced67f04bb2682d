def compute(data, params):
    backwards = data["close"].sort_index(ascending=False)
    return backwards.cummin().sort_index()
