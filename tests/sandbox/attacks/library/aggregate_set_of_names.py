# attack: language | hides a method's name in a frozen set | without language: said
found = pd.Series([1.0]).agg(frozenset(["__sizeof__"]) and ["__sizeof__"])
log("PLUNDER-LANGUAGE", str(found)[:20])
