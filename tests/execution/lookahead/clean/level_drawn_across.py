top = float(data["high"].tail(50).max())
plot(top, "resistance")
plot(data["close"], "close")
result = top
