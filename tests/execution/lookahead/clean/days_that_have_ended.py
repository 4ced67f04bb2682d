def compute(data, params):
    days = get_market_data(timeframe="1d", bars=200)["close"].shift(1)
    return data["close"] - days.reindex(data.index, method="ffill")
