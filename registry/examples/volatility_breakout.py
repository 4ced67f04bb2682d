# How far the close stands outside the range of the bars before it, in average true ranges.
# Above 0 it broke out upwards, below 0 downwards; inside the range the value is 0.
period = params.get("period", 20)
threshold = params.get("threshold", 0.25)

bars = get_market_data(bars=period * 4)

if len(bars) < period + 15:
    log(f"waiting for history: {len(bars)} of {period + 15} bars")
else:
    true_range = ta.atr(bars["high"], bars["low"], bars["close"], length=14).iloc[-1]
    before = bars.iloc[-period - 1 : -1]
    close = bars["close"].iloc[-1]
    above = max(0.0, close - before["high"].max())
    below = max(0.0, before["low"].min() - close)
    strength = float((above - below) / true_range) if true_range > 0 else 0.0

    signal = {"value": round(strength, 3), "average_true_range": round(float(true_range), 4)}
    if strength >= threshold:
        signal["side"] = "buy"
        signal["reason"] = f"closed {strength:.2f} ATR above the {period}-bar range"
    elif strength <= -threshold:
        signal["side"] = "sell"
        signal["reason"] = f"closed {-strength:.2f} ATR below the {period}-bar range"
    emit_signal(signal)
