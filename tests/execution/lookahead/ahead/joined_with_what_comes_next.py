def compute(data, params):
    tops = data.loc[data["high"] >= data["high"].rolling(20).max(), ["high"]]
    joined = pd.merge_asof(
        data[["close"]], tops, left_index=True, right_index=True, direction="forward"
    )
    return joined["high"] - joined["close"]
