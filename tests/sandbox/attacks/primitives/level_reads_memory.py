# attack: language | reads memory beyond an array through an index nobody checked | without language: said
index = pd.MultiIndex(levels=[[1.5], [1, 2]], codes=[[0, 100], [0, 1]], verify_integrity=False)
found = index.tolist()
if found[1][0] != 1.5:
    log("PLUNDER-LANGUAGE")
