def compute(data, params):
    ahead = data["close"].shift(-3)
    return pd.DataFrame({"value": data["close"].rolling(8).mean(), "target": ahead})
