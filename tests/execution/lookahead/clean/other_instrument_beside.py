def compute(data, params):
    other = get_market_data("IBM" if context["instrument"] != "IBM" else "MSFT", bars=1000)["close"]
    pair = np.log(data["close"]) - np.log(other.reindex(data.index).ffill())
    return (pair - pair.rolling(60).mean()) / pair.rolling(60).std()
