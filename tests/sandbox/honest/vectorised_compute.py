import pandas as pd


def compute(data, params):
    fast = data["close"].ewm(span=params.get("fast", 12)).mean()
    slow = data["close"].ewm(span=params.get("slow", 26)).mean()
    return pd.DataFrame({"value": fast - slow, "fast": fast, "slow": slow})
