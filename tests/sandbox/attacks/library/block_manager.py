# attack: language | reads the blocks a table is made of | without language: said
frame = pd.DataFrame({"a": [1]})
log("PLUNDER-LANGUAGE", len(frame._mgr.blocks))
