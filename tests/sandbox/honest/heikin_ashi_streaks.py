df = get_market_data(bars=200)
ha_close = (df["open"] + df["high"] + df["low"] + df["close"]) / 4
ha_open = [(df["open"].iloc[0] + df["close"].iloc[0]) / 2]
for i in range(1, len(df)):
    ha_open.append((ha_open[-1] + ha_close.iloc[i - 1]) / 2)
ha = pd.DataFrame({"open": ha_open, "close": ha_close}, index=df.index)
ha["high"] = pd.concat([ha, df["high"]], axis=1).max(axis=1)
ha["low"] = pd.concat([ha[["open", "close"]], df["low"]], axis=1).min(axis=1)

green = ha["close"] > ha["open"]
no_lower_wick = ha["low"] >= ha[["open", "close"]].min(axis=1) - 1e-9
streak = 0
streaks = []
for is_green in green:
    streak = streak + 1 if is_green and streak > 0 else 1 if is_green else streak - 1 if streak < 0 else -1
    streaks.append(streak)
result = {"value": streaks[-1], "longest": max(streaks), "shortest": min(streaks),
          "strong": int((green & no_lower_wick).sum()), "last": ha.iloc[-1].round(6).to_dict()}
