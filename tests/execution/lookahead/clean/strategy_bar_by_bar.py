def strategy(data):
    close = data["close"]
    if close.iloc[-1] >= close.max():
        return "BUY"
    return "SELL" if close.iloc[-1] < close.mean() else "HOLD"
