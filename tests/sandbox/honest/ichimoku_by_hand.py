def midpoint(frame, n):
    return (frame["high"].rolling(n).max() + frame["low"].rolling(n).min()) / 2


df = get_market_data(bars=300)
tenkan, kijun = midpoint(df, 9), midpoint(df, 26)
senkou_a = ((tenkan + kijun) / 2).shift(26)
senkou_b = midpoint(df, 52).shift(26)
cloud_top = pd.concat([senkou_a, senkou_b], axis=1).max(axis=1, skipna=False)
cloud_bottom = pd.concat([senkou_a, senkou_b], axis=1).min(axis=1, skipna=False)

above = df["close"] > cloud_top
below = df["close"] < cloud_bottom
trend = np.select([above, below], [1, -1], default=0)
tk_cross = np.sign(tenkan - kijun).diff().fillna(0)

emit_signal({
    "value": {"tenkan": tenkan.iloc[-1], "kijun": kijun.iloc[-1],
              "senkou": [senkou_a.iloc[-1], senkou_b.iloc[-1]]},
    "trend": int(trend[-1]),
    "crosses": int((tk_cross != 0).sum()),
    "cloud_is_green": bool(senkou_a.iloc[-1] > senkou_b.iloc[-1]),
})
