def compute(data, params):
    close = data["close"].to_numpy()
    signal_words = []
    for i in range(len(close)):
        following = close[i + 1] if i + 1 < len(close) else close[i]
        signal_words.append("BUY" if following > close[i] else "SELL")
    return pd.Series(signal_words, index=data.index)
