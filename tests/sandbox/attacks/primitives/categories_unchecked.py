# attack: language | makes categories out of numbers nobody checks | without language: said
held = pd.Categorical.from_codes([0], categories=["a"], validate=False)
log("PLUNDER-LANGUAGE", held.codes[0])
