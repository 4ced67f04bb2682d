def compute(data, params):
    days = get_market_data(timeframe="1d", bars=300)
    trend = (days["close"] > days["close"].rolling(3).mean()).astype(float)
    return trend.reindex(data.index, method="ffill") * data["close"]
