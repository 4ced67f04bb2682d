# Two moving averages of the close; runs once on every closed bar.
# The value is their distance in percent of the price; a cross is a signal.
fast_period = params.get("fast", 10)
slow_period = params.get("slow", 30)

# Only bars that have closed are ever in here; the last one is the newest.
closes = get_market_data(bars=slow_period + 1)["close"]

if len(closes) <= slow_period:
    log(f"waiting for history: {len(closes)} of {slow_period + 1} bars")
else:
    fast = closes.rolling(fast_period).mean()
    slow = closes.rolling(slow_period).mean()
    before, latest = (fast - slow).iloc[-2:]

    output = {
        "value": round(100 * float(latest) / float(closes.iloc[-1]), 3),
        "fast": round(float(fast.iloc[-1]), 4),
        "slow": round(float(slow.iloc[-1]), 4),
    }
    if before <= 0 < latest:
        output["side"] = "buy"
        output["reason"] = "the fast average crossed above the slow one"
    elif before >= 0 > latest:
        output["side"] = "sell"
        output["reason"] = "the fast average crossed below the slow one"
    emit_signal(output)
