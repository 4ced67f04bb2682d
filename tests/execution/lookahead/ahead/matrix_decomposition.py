def compute(data, params):
    table = data[["open", "high", "low", "close"]].pct_change().fillna(0.0).to_numpy()
    table = table - table.mean(axis=0)
    _, _, directions = np.linalg.svd(table, full_matrices=False)
    return pd.Series(table @ np.abs(directions[0]), index=data.index)
