data = get_market_data(bars=600)
hourly = data.resample("15min").agg(
    {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
)
by_hour = data.groupby(data.index.hour)["close"].agg(["mean", "std"])
local = data.index.tz_convert("Asia/Kolkata")
frame = data.assign(change=data["close"].pct_change(), hour=local.hour)
frame["rank"] = frame["change"].rank()
frame.loc[frame["change"].isna(), "change"] = 0.0
best = frame.sort_values("change", ascending=False).head(3)
emit_signal(
    {
        "value": float(hourly["close"].iloc[-1]),
        "hours": len(by_hour),
        "best": best["change"].round(6).tolist(),
        "session": local[-1],
    }
)
