SYMBOL = "NIFTY50"


def strategy(data):
    close = data["close"]
    if close.iloc[-1] > close.rolling(20).mean().iloc[-1]:
        return "BUY"
    return "SELL" if close.iloc[-1] < close.min() * 1.001 else "HOLD"


result = strategy(get_market_data(bars=60))
