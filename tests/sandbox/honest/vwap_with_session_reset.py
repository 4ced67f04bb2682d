df = get_market_data(timeframe="5m", bars=1500)
local = df.index.tz_convert("Asia/Kolkata")
in_session = (local.time >= pd.Timestamp("09:15").time()) & (local.time < pd.Timestamp("15:30").time())
session = df[in_session].copy()
session["day"] = local[in_session].date

typical = (session["high"] + session["low"] + session["close"]) / 3
session["pv"] = typical * session["volume"]
by_day = session.groupby("day")
session["vwap"] = by_day["pv"].cumsum() / by_day["volume"].cumsum()
session["dev"] = ((typical - session["vwap"]) ** 2).groupby(session["day"]).transform("mean") ** 0.5

last = session.iloc[-1]
emit_signal({
    "value": float(last["vwap"]),
    "timestamp": session.index[-1],
    "days": session["day"].nunique(),
    "bars_per_day": by_day.size().tolist(),
    "above": bool(last["close"] > last["vwap"]),
    "band": [float(last["vwap"] - 2 * last["dev"]), float(last["vwap"] + 2 * last["dev"])],
})
