def compute(data, params):
    lows = data["low"].to_numpy()
    worst = np.minimum.accumulate(lows[::-1])[::-1]
    return pd.Series(worst / data["close"].to_numpy() - 1, index=data.index)
