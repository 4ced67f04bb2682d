def next_state(state, event):
    match (state, event):
        case ("flat", {"kind": "breakout", "side": side}):
            return side
        case ("long" | "short", {"kind": "stop"}):
            return "flat"
        case ("long", {"kind": "breakout", "side": "short"}):
            return "short"
        case ("short", {"kind": "breakout", "side": "long"}):
            return "long"
        case _:
            return state


def events(df):
    high, low = df["high"].rolling(20).max().shift(1), df["low"].rolling(20).min().shift(1)
    middle = (high + low) / 2
    above = None
    for i in range(20, len(df)):
        price = df["close"].iloc[i]
        if price > high.iloc[i]:
            yield {"kind": "breakout", "side": "long"}
        elif price < low.iloc[i]:
            yield {"kind": "breakout", "side": "short"}
        elif above is not None and (price > middle.iloc[i]) != above:
            yield {"kind": "stop"}
        above = price > middle.iloc[i]


state, visited = "flat", []
for event in events(get_market_data(bars=400)):
    new = next_state(state, event)
    if new != state:
        visited.append(new)
    state = new
result = {"value": state, "visits": {name: visited.count(name) for name in ("flat", "long", "short")}}
