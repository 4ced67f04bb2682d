# Follows the price out of its range: buys above the highest high of the bars
# before, sells below the lowest low. strategy() is asked bar by bar; every
# change of its word becomes a signal.
period = params.get("period", 20)


def strategy(data):
    # The table ends with the bar in question, which is no part of the range.
    before = data.iloc[-period - 1 : -1]
    close = data["close"].iloc[-1]

    if close > before["high"].max():
        return "BUY"
    if close < before["low"].min():
        return "SELL"
    return "HOLD"
