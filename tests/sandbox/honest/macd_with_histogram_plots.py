# dialect with data, signal() and plot()
fast, slow, smooth = 12, 26, 9
macd = data["close"].ewm(span=fast, adjust=False).mean() - data["close"].ewm(span=slow, adjust=False).mean()
trigger = macd.ewm(span=smooth, adjust=False).mean()
histogram = macd - trigger

plot(macd, "MACD", color="#2962ff", panel="macd")
plot(trigger, "Signal", color="orange", panel="macd", style="dashed")
plot(histogram, "Histogram", panel="macd", style="histogram")
plot(0, "Zero", color="gray", panel="macd")

crossed_up = (histogram > 0) & (histogram.shift(1) <= 0)
crossed_down = (histogram < 0) & (histogram.shift(1) >= 0)
for at in data.index[crossed_up | crossed_down][-5:]:
    kind = "BUY" if crossed_up[at] else "SELL"
    signal(kind, timestamp=at, price=data.loc[at, "close"], reason=f"MACD {macd[at]:+.4f}", icon="arrow")
