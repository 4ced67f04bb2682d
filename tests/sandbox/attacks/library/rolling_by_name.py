# attack: language | has a rolling window look a name up | without language: said
found = pd.Series([1.0, 2.0]).rolling(1).agg("__sizeof__")
log("PLUNDER-LANGUAGE", str(found)[:20])
