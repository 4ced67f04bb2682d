data = get_market_data(bars=200)
alpha = 2 / (20 + 1)
average = 0.0
history = [0.0] * len(data)
for i, price in enumerate(data["close"]):
    average = price if i == 0 else alpha * price + (1 - alpha) * average
    history[i] += average
for i in range(len(history)):
    history[i] *= 1.0
result = history[-1]
