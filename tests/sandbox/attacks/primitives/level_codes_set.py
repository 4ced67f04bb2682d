# attack: language | gives an index codes that point nowhere | without language: said
index = pd.MultiIndex.from_tuples([(1.5, 1)])
made = index.set_codes([[100], [0]], verify_integrity=False)
if made.codes[0][0] == 100:
    log("PLUNDER-LANGUAGE")
