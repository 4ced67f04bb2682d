# attack: language | has a table evaluate text | without language: said
found = pd.DataFrame({"a": [1]}).eval("a + 1")
log("PLUNDER-LANGUAGE", len(found))
