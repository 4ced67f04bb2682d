# attack: language | gives TA-Lib series of different lengths
found = talib.ATR(np.ones(500), np.ones(3), np.ones(500), timeperiod=2)
if len(found):
    log("PLUNDER-LANGUAGE")
