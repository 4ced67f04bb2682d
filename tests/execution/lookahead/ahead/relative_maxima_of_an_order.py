def compute(data, params):
    high = data["high"].to_numpy()
    order = 4
    peaks = np.zeros(len(high))
    for i in range(order, len(high) - order):
        around = high[i - order : i + order + 1]
        peaks[i] = float(high[i] == around.max())
    return pd.Series(peaks, index=data.index)
