import itertools


def sharpe(returns):
    return float(returns.mean() / returns.std() * np.sqrt(len(returns))) if returns.std() else 0.0


def backtest(close, fast, slow):
    position = (close.rolling(fast).mean() > close.rolling(slow).mean()).astype(int).shift(1).fillna(0)
    return position * close.pct_change().fillna(0)


close = get_market_data(timeframe="1h", bars=1200)["close"]
grid = [(f, s) for f, s in itertools.product((5, 10, 20), (30, 60)) if f < s]
train, test = 400, 200
out_of_sample, picks = [], []
for start in range(0, len(close) - train - test + 1, test):
    window = close.iloc[start : start + train]
    scores = {pair: sharpe(backtest(window, *pair)) for pair in grid}
    best = max(scores, key=scores.get)
    picks.append(best)
    full = backtest(close.iloc[start : start + train + test], *best)
    out_of_sample.append(full.iloc[train:])
oos = pd.concat(out_of_sample)
result = {
    "value": sharpe(oos),
    "picks": [list(pick) for pick in picks],
    "folds": [round(float(fold.sum()), 10) for fold in out_of_sample],
    "stability": len(set(picks)) / len(picks),
}
