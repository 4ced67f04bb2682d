# attack: language | reads the machinery behind a function of TA-Lib found by name | without language: said
found = talib.abstract.Function("RSI")
log("PLUNDER-LANGUAGE", str(found._Function__namestr)[:20] if hasattr(found, "_Function__namestr") else str(found.__class__.__init__)[:20])
