def compute(data, params):
    middle = data["close"].rolling(20).mean()
    width = data["close"].rolling(20).std()
    return pd.DataFrame({"value": (data["close"] - middle) / width, "upper": middle + 2 * width})
