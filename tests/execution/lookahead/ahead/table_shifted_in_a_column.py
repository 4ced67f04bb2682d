def compute(data, params):
    out = pd.DataFrame(index=data.index)
    out["value"] = data["close"].rolling(10).mean()
    out["edge"] = data["open"].shift(-1) - data["close"]
    return out
