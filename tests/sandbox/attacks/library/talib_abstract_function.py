# attack: language | finds a function of TA-Lib by name | without language: said
log("PLUNDER-LANGUAGE", str(talib.abstract.Function("RSI"))[:20])
