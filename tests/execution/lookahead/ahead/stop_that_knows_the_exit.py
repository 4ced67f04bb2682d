def compute(data, params):
    close, low = data["close"].to_numpy(), data["low"].to_numpy()
    out = np.zeros(len(close))
    for i in range(len(close)):
        for j in range(i + 1, min(i + 6, len(close))):
            if low[j] < close[i] * 0.97:
                out[i] = -1
                break
    return pd.Series(out, index=data.index)
