# attack: language | changes an index's codes after they were checked | without language: said
codes = np.zeros(4, dtype="int8")
index = pd.MultiIndex(levels=[["a", "b"]], codes=[codes[:]])
codes[1] = 100
if index.codes[0][1] == 100:
    log("PLUNDER-LANGUAGE")
