import numpy as np
import pandas as pd

SYMBOL = "NIFTY50"


def strategy(data):
    fast = data["close"].rolling(10).mean()
    slow = data["close"].rolling(30).mean()
    plot(fast, "fast", color="green")
    plot(slow, "slow", color="red")
    words = np.where(fast > slow, "BUY", np.where(fast < slow, "SELL", "HOLD"))
    return pd.Series(words, index=data.index)
