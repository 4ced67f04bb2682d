def compute(data, params):
    volatility = get_metric("realised_volatility") or 1.0
    return data["close"].pct_change() / volatility
