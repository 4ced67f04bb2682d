# Wilder's relative strength index of the closing prices, 0 to 100.
# Buy when it climbs back above the lower line, sell when it falls back below the upper one.
period = params.get("period", 14)
lower = params.get("lower", 30)
upper = params.get("upper", 70)

closes = get_market_data(bars=period * 10)["close"]

if len(closes) <= period + 1:
    log(f"waiting for history: {len(closes)} of {period + 2} bars")
else:
    rsi = ta.rsi(closes, length=period)
    before, latest = rsi.iloc[-2], rsi.iloc[-1]
    signal = {"value": round(float(latest), 2), "period": period}
    if before < lower <= latest:
        signal["side"] = "buy"
        signal["reason"] = f"RSI back above {lower}"
    elif before > upper >= latest:
        signal["side"] = "sell"
        signal["reason"] = f"RSI back below {upper}"
    emit_signal(signal)
