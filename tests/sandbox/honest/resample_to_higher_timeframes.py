base = get_market_data(timeframe="5m", bars=2000)
how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
frames = {rule: base.resample(rule, label="left", closed="left").agg(how).dropna() for rule in ("15min", "1h", "4h", "1D")}
rsi = {}
for rule, frame in frames.items():
    value = ta.rsi(frame["close"], length=14) if len(frame) > 14 else None
    rsi[rule] = None if value is None else float(value.iloc[-1])
ohlc = base["close"].resample("1h").ohlc()
back = frames["1h"]["close"].reindex(base.index, method="ffill")
weekly = base["volume"].groupby(pd.Grouper(freq="1D")).agg(["sum", "max"])
result = {
    "value": rsi["1h"], "rsi": rsi, "lengths": {k: len(v) for k, v in frames.items()},
    "same": bool(np.allclose(ohlc["close"].dropna(), frames["1h"]["close"])),
    "lag": float((base["close"] - back).abs().mean()), "busiest": weekly["sum"].idxmax(),
}
