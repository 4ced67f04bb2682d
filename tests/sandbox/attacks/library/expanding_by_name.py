# attack: language | has an expanding window look a name up | without language: said
found = pd.Series([1.0]).expanding().agg({"x": "__sizeof__"} and "obj")
log("PLUNDER-LANGUAGE", str(found)[:20])
