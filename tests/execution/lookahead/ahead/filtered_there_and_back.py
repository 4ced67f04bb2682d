def smooth(values, alpha):
    out = [values[0]]
    for value in values[1:]:
        out.append(alpha * value + (1 - alpha) * out[-1])
    return out


def compute(data, params):
    once = smooth(data["close"].tolist(), 0.2)
    twice = smooth(once[::-1], 0.2)[::-1]
    return pd.Series(twice, index=data.index)
