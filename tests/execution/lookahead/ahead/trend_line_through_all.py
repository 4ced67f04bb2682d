def compute(data, params):
    x = np.arange(len(data), dtype=float)
    line = np.polyval(np.polyfit(x, np.log(data["close"]), 2), x)
    return pd.Series(np.log(data["close"]).to_numpy() - line, index=data.index)
