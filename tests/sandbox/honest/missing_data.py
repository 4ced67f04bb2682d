def read(name):
    try:
        return get_metric(name)
    except PermissionError as refused:
        log(f"{name}: {refused}")
        return None


vix, secret = read("vix"), read("mallory.pnl")
risk = (get_metric("limits") or {}).get("risk", 0.02)

df = get_market_data(bars=100)
df.loc[df.index[10:15], "close"] = np.nan
df.iloc[40, df.columns.get_loc("volume")] = np.nan
filled = df["close"].ffill().interpolate()
assert filled.notna().all()
try:
    ratio = df["close"].iloc[12] / 0
    broken = df["nothing"]
except KeyError as missing:
    broken = str(missing)
except (ZeroDivisionError, ValueError):
    broken = "division"
else:
    broken = "none"
finally:
    gaps = int(df.isna().sum().sum())

own = get_script_output("own-script", history=3)
try:
    foreign = get_script_output("foreign-script")
except PermissionError:
    foreign = {"value": None}
emit_signal({"value": None if vix is None else vix * risk, "secret": secret, "gaps": gaps, "broken": broken,
             "own": [o["value"] for o in own], "foreign": foreign["value"],
             "mean": np.nanmean(df["close"]), "nan": float("nan"), "ratio": ratio})
