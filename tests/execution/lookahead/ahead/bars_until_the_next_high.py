def compute(data, params):
    tops = np.flatnonzero((data["high"] == data["high"].rolling(15).max()).to_numpy())
    following = np.searchsorted(tops, np.arange(len(data)))
    left = [tops[f] - i if f < len(tops) else -1 for i, f in enumerate(following)]
    return pd.Series(left, index=data.index)
