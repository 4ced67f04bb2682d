# attack: language | reads a table's writer through super | without language: said
frame = pd.DataFrame({"a": [1]})
log("PLUNDER-LANGUAGE", str(super(pd.DataFrame, frame).to_pickle)[:20])
