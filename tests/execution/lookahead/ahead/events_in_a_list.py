bars = get_market_data(bars=250)
low = bars["low"]
events = []
for i in range(3, len(low) - 3):
    if low.iloc[i] == low.iloc[i - 3 : i + 4].min():
        events.append({"at": bars.index[i].isoformat(), "kind": "low", "price": float(low.iloc[i])})
result = {"value": len(events), "events": events}
