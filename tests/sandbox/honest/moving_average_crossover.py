import numpy as np

data = get_market_data(bars=400)
close = data["close"].to_numpy()
fast = np.convolve(close, np.ones(10) / 10, mode="valid")
slow = np.convolve(close, np.ones(50) / 50, mode="valid")
length = min(len(fast), len(slow))
side = np.sign(fast[-length:] - slow[-length:])
result = {"value": int(side[-1]), "crossings": int(np.count_nonzero(np.diff(side)))}
