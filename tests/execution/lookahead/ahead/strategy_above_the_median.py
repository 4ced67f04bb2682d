def strategy(data):
    middle = data["close"].median()
    words = pd.Series("HOLD", index=data.index)
    words[data["close"] > middle * 1.1] = "SELL"
    words[data["close"] < middle * 0.9] = "BUY"
    return words
