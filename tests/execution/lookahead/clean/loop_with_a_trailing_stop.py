def compute(data, params):
    close = data["close"].to_numpy()
    stop, out = close[0] * 0.9, np.empty(len(close))
    for i, price in enumerate(close):
        stop = max(stop, price * 0.9) if price > stop else price * 0.9
        out[i] = stop
    return pd.Series(out, index=data.index)
