import random


def compute(data, params):
    return pd.Series([random.random() for _ in range(len(data))], index=data.index)
