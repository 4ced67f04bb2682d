def compute(data, params):
    out = pd.DataFrame({"value": data["close"].diff(3)})
    out["history"] = len(data)
    return out
