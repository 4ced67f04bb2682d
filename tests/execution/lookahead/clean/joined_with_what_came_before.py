def compute(data, params):
    loud = data.loc[data["volume"] > 2 * data["volume"].rolling(30).mean(), ["close"]]
    joined = pd.merge_asof(data[["open"]], loud, left_index=True, right_index=True)
    return joined["close"] / joined["open"]
