def compute(data, params):
    weekly = data["close"].resample("W-SUN").last().shift(1)
    return (
        weekly.reindex(data.index, method="bfill").astype(float)
        if False
        else data["close"]
        - weekly.reindex(data.index.union(weekly.index)).ffill().reindex(data.index)
    )
