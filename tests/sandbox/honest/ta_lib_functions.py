import talib

data = get_market_data(bars=300)
high, low, close = (data[name].to_numpy() for name in ("high", "low", "close"))
atr = talib.ATR(high, low, close, timeperiod=14)
upper, middle, lower = talib.BBANDS(close, timeperiod=20, matype=talib.MA_Type.EMA)
doji = talib.CDLDOJI(data["open"], data["high"], data["low"], data["close"])
emit_signal({"value": atr[-1], "width": upper[-1] - lower[-1], "doji": int(doji.iloc[-1])})
