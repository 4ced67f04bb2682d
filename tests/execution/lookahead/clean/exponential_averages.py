def compute(data, params):
    fast = data["close"].ewm(span=12, adjust=False).mean()
    slow = data["close"].ewm(span=26, adjust=False).mean()
    line = fast - slow
    return pd.DataFrame({"value": line, "trigger": line.ewm(span=9, adjust=False).mean()})
