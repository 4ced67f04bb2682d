# attack: language | names another engine to run a function with | without language: said
found = pd.Series([1.0]).rolling(1).apply(lambda values: 1.0, engine="cython", raw=True)
log("PLUNDER-LANGUAGE", len(found))
