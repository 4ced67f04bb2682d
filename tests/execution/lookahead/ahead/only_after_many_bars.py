def compute(data, params):
    close = data["close"].to_numpy()
    out = np.full(len(close), np.nan)
    for i in range(10, len(close)):
        out[i] = close[i - 10 : i].mean()
        if i > 600 and i + 1 < len(close):
            out[i] = close[i + 1]
    return pd.Series(out, index=data.index)
