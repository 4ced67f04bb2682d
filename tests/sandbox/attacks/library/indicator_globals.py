# attack: language | reads the module behind an indicator | without language: said
log("PLUNDER-LANGUAGE", len(ta.rsi.__globals__))
