def compute(data, params):
    change = data["close"].pct_change()
    return np.sign(change.shift(periods=-1)).fillna(0.0)
