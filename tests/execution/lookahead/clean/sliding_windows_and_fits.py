def compute(data, params):
    from numpy.lib.stride_tricks import sliding_window_view

    windows = sliding_window_view(data["close"].to_numpy(), 30)
    x = np.arange(30) - 14.5
    slopes = (windows - windows.mean(axis=1, keepdims=True)) @ x / (x @ x)
    return pd.Series(np.concatenate([np.full(29, np.nan), slopes]), index=data.index)
