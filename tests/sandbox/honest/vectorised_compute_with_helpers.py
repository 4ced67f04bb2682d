def _wilder(series, n):
    return series.ewm(alpha=1 / n, adjust=False).mean()


def compute(data, params):
    n = params.get("period", 14)
    up, down = data["high"].diff(), -data["low"].diff()
    plus = up.where((up > down) & (up > 0), 0.0)
    minus = down.where((down > up) & (down > 0), 0.0)
    tr = pd.concat([data["high"] - data["low"], (data["high"] - data["close"].shift()).abs(),
                    (data["low"] - data["close"].shift()).abs()], axis=1).max(axis=1)
    di_plus, di_minus = 100 * _wilder(plus, n) / _wilder(tr, n), 100 * _wilder(minus, n) / _wilder(tr, n)
    adx = _wilder(100 * (di_plus - di_minus).abs() / (di_plus + di_minus), n)
    return pd.DataFrame({"value": adx, "di_plus": di_plus, "di_minus": di_minus, "trending": adx > 25})
