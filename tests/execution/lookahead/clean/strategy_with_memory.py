state = {"held": False, "entry": 0.0}


def strategy(data):
    price = float(data["close"].iloc[-1])
    average = float(data["close"].tail(20).mean())
    if not state["held"] and price > average * 1.01:
        state["held"], state["entry"] = True, price
    elif state["held"] and price < state["entry"] * 0.97:
        state["held"] = False
    return "BUY" if state["held"] else "HOLD"
