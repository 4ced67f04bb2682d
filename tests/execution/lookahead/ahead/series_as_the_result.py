result = data["close"].rolling(9, center=True).mean()
