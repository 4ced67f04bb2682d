# attack: language | reads the function TA-Lib's wrapper hides | without language: said
log("PLUNDER-LANGUAGE", str(talib.RSI.__wrapped__)[:20])
