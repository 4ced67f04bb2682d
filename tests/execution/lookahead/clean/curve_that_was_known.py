close = data["close"]
result = {"value": float(close.iloc[-1]), "curve": (close / close.rolling(50).mean()).tolist()}
