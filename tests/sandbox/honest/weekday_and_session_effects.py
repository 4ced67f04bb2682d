df = get_market_data(timeframe="1h", bars=2000)
df["ret"] = df["close"].pct_change()
ny = df.index.tz_convert("America/New_York")
df["weekday"] = ny.day_name()
df["hour"] = ny.hour
df["session"] = pd.cut(df["hour"], bins=[-1, 7, 15, 23], labels=["asia", "europe", "us"])

by_day = df.groupby("weekday")["ret"].agg(["mean", "std", "count"])
by_session = df.groupby("session", observed=True)["ret"].mean()
table = df.pivot_table(index="weekday", columns="session", values="ret", aggfunc="mean", observed=True)
best_day = by_day["mean"].idxmax()
t_stat = by_day["mean"] / (by_day["std"] / np.sqrt(by_day["count"]))
result = {
    "value": best_day,
    "t": t_stat.sort_index().to_dict(),
    "sessions": {str(k): v for k, v in by_session.items()},
    "cell": float(table.loc["Monday", "europe"]),
    "weeks": int(df["ret"].resample("W").count().gt(0).sum()),
}
