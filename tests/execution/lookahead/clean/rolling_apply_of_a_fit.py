def compute(data, params):
    x = np.arange(20)
    return data["close"].rolling(20).apply(lambda window: np.polyfit(x, window, 1)[0], raw=True)
