import pandas_ta as ta

df = get_market_data(bars=400)
df.ta.rsi(length=14, append=True)
df.ta.ema(length=21, append=True)
df.ta.macd(append=True)
df.ta.bbands(length=20, std=2, append=True)
df.ta.atr(length=14, append=True)
df["squeeze"] = df.ta.squeeze()["SQZ_ON"] if "SQZ_ON" in df.ta.squeeze() else 0
df.dropna(inplace=True)
last = df.iloc[-1]
buy = (last["RSI_14"] < 30) & (last["close"] < last[[c for c in df.columns if c.startswith("BBL")][0]])
emit_signal({
    "value": "BUY" if buy else "HOLD",
    "columns": list(df.columns),
    "rsi": round(last.RSI_14, 6),
    "rows": len(df),
    "cross": int(ta.cross(df["close"], df["EMA_21"]).sum()),
})
