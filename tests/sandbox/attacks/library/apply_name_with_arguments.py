# attack: language | has apply call a method by its name with arguments | without language: said
found = pd.Series([1, 2]).apply("__getattribute__", args=("_mgr",))
log("PLUNDER-LANGUAGE", str(found)[:20])
