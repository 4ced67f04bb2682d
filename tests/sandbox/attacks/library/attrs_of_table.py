# attack: language | keeps objects where pandas copies them deeply | without language: said
frame = pd.DataFrame({"a": [1]})
frame.attrs["x"] = log
log("PLUNDER-LANGUAGE", len(frame.attrs))
