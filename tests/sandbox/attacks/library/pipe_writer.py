# attack: language | has pipe call a writer | without language: said
found = pd.DataFrame({"a": [1]}).pipe(pd.DataFrame.to_dict)
log("PLUNDER-LANGUAGE", len(found))
