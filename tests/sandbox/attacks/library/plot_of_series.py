# attack: language | takes a series' painter, which imports a backend by name | without language: said
found = pd.Series([1.0]).plot
log("PLUNDER-LANGUAGE", str(type(found))[:20])
