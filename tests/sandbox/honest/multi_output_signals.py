df = get_market_data(bars=300)
close = df["close"]
for length in (10, 20, 50, 100):
    average = close.rolling(length).mean()
    emit_signal({
        "value": float(average.iloc[-1]),
        "timestamp": df.index[-1].to_pydatetime(),
        "name": f"sma{length}",
        "slope": float(average.diff(5).iloc[-1]),
        "history": average.tail(3).round(4).tolist(),
    })
emit_signal({"value": {"open": df.open.iloc[-1], "range": (df.high - df.low).iloc[-1]}, "tags": ("last", "bar"), "ok": np.bool_(True)})
