close = data["close"]
fast, slow = close.rolling(5).mean(), close.rolling(20).mean()
above = fast > slow
turned = above != above.shift(1, fill_value=False)
for when in data.index[turned][-6:]:
    signal("BUY" if above[when] else "SELL", when, float(close[when]), "cross", "arrow")
plot(fast, "fast")
plot(slow, "slow")
