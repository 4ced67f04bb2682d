def compute(data, params):
    newest = data["close"].iloc[-1]
    return data["close"].apply(lambda price: price / newest - 1)
