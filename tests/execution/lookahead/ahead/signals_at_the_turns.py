close = data["close"]
low = (close.shift(1) > close) & (close.shift(-1) > close)
for when in data.index[low][-40:]:
    signal("BUY", when, float(close.loc[when]), "a low")
