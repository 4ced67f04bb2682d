# attack: language | has an exponential window look a name up | without language: said
found = pd.Series([1.0]).ewm(span=2).agg("_selected_obj")
log("PLUNDER-LANGUAGE", str(found)[:20])
