def compute(data, params):
    weights = np.array([-3, 12, 17, 12, -3]) / 35
    return pd.Series(np.convolve(data["close"], weights, mode="same"), index=data.index)
