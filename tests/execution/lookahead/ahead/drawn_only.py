average = data["close"].rolling(15, center=True).mean()
plot(average, "average", color="#2962ff")
result = float(data["close"].iloc[-1])
