df = get_market_data(bars=400)
vol = df["close"].pct_change().ewm(span=50).std()
horizon, width = 20, 2.0
labels = pd.Series(0, index=df.index[:-horizon], name="label")
closes = df["close"].to_numpy()
for i, at in enumerate(labels.index):
    if np.isnan(vol.iloc[i]):
        continue
    path = closes[i + 1 : i + 1 + horizon] / closes[i] - 1
    hit_up = np.argmax(path > width * vol.iloc[i]) if (path > width * vol.iloc[i]).any() else horizon
    hit_down = np.argmax(path < -width * vol.iloc[i]) if (path < -width * vol.iloc[i]).any() else horizon
    labels.loc[at] = 1 if hit_up < hit_down else -1 if hit_down < hit_up else 0
shares = labels.value_counts(normalize=True).sort_index()
entropy = -(shares * np.log2(shares)).sum()
result = {"value": int(labels.iloc[-1]), "shares": shares.to_dict(), "entropy": entropy, "labelled": labels.size}
