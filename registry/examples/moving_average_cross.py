# Two moving averages of the close. The value is their distance in percent of the price.
# A cross counts only while the RSI of the script this one depends on leaves room to move.
fast_period = params.get("fast", 10)
slow_period = params.get("slow", 30)

closes = get_market_data(bars=slow_period + 2)["close"]

if len(closes) < slow_period + 1:
    log(f"waiting for history: {len(closes)} of {slow_period + 1} bars")
else:
    fast = closes.rolling(fast_period).mean()
    slow = closes.rolling(slow_period).mean()
    distance = fast - slow
    rsi = get_script_output("$RSI_SCRIPT_ID")["value"]

    signal = {
        "value": round(100 * float(distance.iloc[-1]) / float(closes.iloc[-1]), 3),
        "fast": round(float(fast.iloc[-1]), 4),
        "slow": round(float(slow.iloc[-1]), 4),
        "rsi": rsi,
    }
    crossed_up = distance.iloc[-2] <= 0 < distance.iloc[-1]
    crossed_down = distance.iloc[-2] >= 0 > distance.iloc[-1]
    if crossed_up and rsi < 70:
        signal["side"] = "buy"
        signal["reason"] = f"fast average crossed above slow, RSI {rsi}"
    elif crossed_down and rsi > 30:
        signal["side"] = "sell"
        signal["reason"] = f"fast average crossed below slow, RSI {rsi}"
    emit_signal(signal)
