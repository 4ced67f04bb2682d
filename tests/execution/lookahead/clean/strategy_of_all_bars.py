def strategy(data):
    fast, slow = data["close"].ewm(span=8).mean(), data["close"].ewm(span=21).mean()
    return pd.Series(np.where(fast > slow, "BUY", "SELL"), index=data.index)
