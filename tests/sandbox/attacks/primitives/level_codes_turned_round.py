# attack: language | reads memory beyond an array through an index whose own codes it turns round | without language: said
index = pd.MultiIndex.from_tuples([(1.5, 1), (1.5, 2), (1.5, 3)])
index.codes.reverse()
if index.codes[0][2] == 2:
    log("PLUNDER-LANGUAGE")
