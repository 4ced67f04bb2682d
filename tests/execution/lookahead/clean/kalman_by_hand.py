def compute(data, params):
    estimate, error, out = float(data["close"].iloc[0]), 1.0, []
    for price in data["close"]:
        error += 0.01
        gain = error / (error + 1.0)
        estimate += gain * (price - estimate)
        error *= 1 - gain
        out.append(estimate)
    return pd.Series(out, index=data.index)
