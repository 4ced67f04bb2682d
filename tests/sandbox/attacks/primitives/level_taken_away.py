# attack: language | takes away a level that the codes of an index still point to | without language: said
index = pd.MultiIndex.from_tuples([(1.5, 1), (2.5, 2)])
made = index.set_levels([[7.5], [1, 2]], verify_integrity=False)
if made.codes[0][1] == 1:
    log("PLUNDER-LANGUAGE")
