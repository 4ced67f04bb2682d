def compute(data, params):
    other = get_market_data("IBM" if context["instrument"] != "IBM" else "MSFT", bars=5000)["close"]
    return other.shift(-1).reindex(data.index) / data["close"]
