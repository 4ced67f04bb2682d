minute = get_market_data(timeframe="5m", bars=400).reset_index()
hour = get_market_data(timeframe="1h", bars=60).reset_index()
hour["closes_at"] = hour["opened_at"] + pd.Timedelta(hours=1)
hour["trend"] = np.where(hour["close"] > hour["close"].rolling(10).mean(), "up", "down")
merged = pd.merge_asof(
    minute, hour[["closes_at", "trend", "close"]], left_on="opened_at", right_on="closes_at",
    direction="backward", suffixes=("", "_hour"),
)
merged["aligned"] = merged["trend"].eq("up") & (merged["close"] > merged["close_hour"])
merged["bucket"] = pd.qcut(merged["volume"], 4, labels=["q1", "q2", "q3", "q4"])
table = pd.crosstab(merged["trend"], merged["bucket"])
long = merged.melt(id_vars="opened_at", value_vars=["open", "close"]).groupby("variable")["value"].mean()
joined = minute.set_index("opened_at").join(hour.set_index("closes_at")[["trend"]], how="left")
dummies = pd.get_dummies(merged["trend"]).sum()
result = {
    "value": merged["trend"].iloc[-1],
    "aligned": float(merged["aligned"].mean()),
    "table": table.to_dict(),
    "long": long.to_dict(),
    "known": int(joined["trend"].ffill().notna().sum()),
    "dummies": dummies.to_dict(),
}
