# attack: language | has a grouping give an attribute by its name | without language: said
found = pd.DataFrame({"a": [1], "b": [2]}).groupby("a").apply("__dict__")
log("PLUNDER-LANGUAGE", len(found))
