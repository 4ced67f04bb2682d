from itertools import pairwise


def compute(data, params):
    words = ["up" if after > now else "down" for now, after in pairwise(data["close"])]
    return pd.Series([*words, "none"], index=data.index)
