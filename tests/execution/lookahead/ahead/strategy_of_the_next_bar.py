def strategy(data):
    following = data["close"].shift(-1)
    return pd.Series(np.where(following > data["close"], "BUY", "SELL"), index=data.index)
