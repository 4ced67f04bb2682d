universe = params.get("universe") or ["NIFTY50", "BANKNIFTY", "RELIANCE", "TCS", "INFY", "HDFC"]
closes = pd.concat([get_market_data(s, timeframe="1d", bars=250)["close"].rename(s) for s in universe], axis=1)
above = closes.gt(closes.rolling(50).mean())
breadth = above.mean(axis=1).where(closes.notna().all(axis=1))
momentum = closes.pct_change(60).iloc[-1].sort_values(ascending=False)
ranks = closes.pct_change(20).rank(axis=1, pct=True)
weights = ranks.iloc[-1].sub(0.5).pipe(lambda w: w / w.abs().sum())
new_highs = closes.eq(closes.cummax()).sum(axis=1)
month_end = closes.resample("ME").last().pct_change()
emit_signal({
    "value": float(breadth.iloc[-1]),
    "leaders": momentum.head(2).index.tolist(),
    "weights": weights.to_dict(),
    "highs": new_highs.tail(5).tolist(),
    "months": month_end.mean(axis=1).round(8).tail(3).tolist(),
    "worst_day": closes.pct_change().min().idxmin(),
})
