# attack: language | reads the table a grouping keeps | without language: said
found = pd.DataFrame({"a": [1]}).groupby("a").obj
log("PLUNDER-LANGUAGE", len(found))
