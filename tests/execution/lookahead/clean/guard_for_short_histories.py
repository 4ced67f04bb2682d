def compute(data, params):
    if len(data) < 250:
        return pd.Series(np.nan, index=data.index)
    return data["close"].ewm(span=50, adjust=False).mean()
