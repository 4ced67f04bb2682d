# attack: language | has a column answer for the blocks of its table | without language: said
frame = pd.DataFrame({"_mgr": [1], "__array__": [2], "to_csv": [3]})
log("PLUNDER-LANGUAGE", frame._mgr.nblocks, frame.to_csv)
