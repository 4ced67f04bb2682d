def compute(data, params):
    moved = data["close"].copy()
    moved.index = moved.index - pd.Timedelta(days=1)
    return moved.reindex(data.index)
