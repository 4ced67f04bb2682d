# attack: language | switches TA-Lib to another program's numbers | without language: said
talib.set_compatibility(1)
log("PLUNDER-LANGUAGE")
