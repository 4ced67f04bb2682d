# attack: language | names a method in a keyword of a series' aggregation | without language: said
found = pd.Series([1.0]).agg(x="__sizeof__")
log("PLUNDER-LANGUAGE", str(found)[:20])
