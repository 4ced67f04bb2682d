# attack: language | takes TA-Lib's functions of streams | without language: said
log("PLUNDER-LANGUAGE", str(talib.stream.RSI)[:20])
