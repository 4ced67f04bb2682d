bars = get_market_data(bars=250)
loud = bars["volume"] > 2 * bars["volume"].rolling(20).mean()
result = {
    "value": int(loud.sum()),
    "events": [
        {"at": when.isoformat(), "price": float(bars["close"][when])}
        for when in bars.index[loud][-10:]
    ],
}
