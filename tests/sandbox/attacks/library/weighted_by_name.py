# attack: language | has an exponential window look a name up
found = pd.Series([1.0]).ewm(span=2).agg("__class__")
log("PLUNDER-LANGUAGE", str(found)[:20])
