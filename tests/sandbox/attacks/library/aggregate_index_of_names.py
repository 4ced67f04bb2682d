# attack: language | hides a method's name in an index | without language: said
found = pd.Series([1.0]).agg(pd.Index(["__sizeof__"]))
log("PLUNDER-LANGUAGE", str(found)[:20])
