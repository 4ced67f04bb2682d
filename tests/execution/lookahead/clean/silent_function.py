def compute(data, params):
    return pd.Series(np.nan, index=data.index)
