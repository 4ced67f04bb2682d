# attack: language | changes TA-Lib's global state | without language: said
talib.set_unstable_period("RSI", 3)
log("PLUNDER-LANGUAGE")
