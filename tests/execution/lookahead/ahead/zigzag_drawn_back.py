def compute(data, params):
    close = data["close"].to_numpy()
    turns = np.zeros(len(close))
    last, extreme, trend = 0, 0, 1
    for i in range(1, len(close)):
        if trend == 1 and close[i] > close[extreme] or trend == -1 and close[i] < close[extreme]:
            extreme = i
        if abs(close[i] / close[extreme] - 1) > 0.05:
            turns[extreme] = trend
            trend, extreme = -trend, i
    return pd.Series(turns, index=data.index)
