def compute(data, params):
    return pd.cut(data["close"], bins=8, labels=False)
