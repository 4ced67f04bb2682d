def compute(data, params):
    fast, slow = data["close"].rolling(10).mean(), data["close"].rolling(30).mean()
    plot(fast, "fast")
    plot(slow - fast, "distance", panel="distance", style="histogram")
    return pd.DataFrame({"value": fast - slow, "price": data["close"]})
