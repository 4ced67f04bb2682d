def compute(data, params):
    values = data["volume"].to_numpy()
    return pd.Series((values - np.mean(values)) / np.std(values), index=data.index)
