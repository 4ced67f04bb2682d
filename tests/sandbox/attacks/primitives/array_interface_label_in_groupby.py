# attack: language | has numpy read an address out of a grouping's column
frame = pd.DataFrame({"__array_interface__": [1], "g": [1]})
found = frame.groupby("g").__array_interface__
log("PLUNDER-LANGUAGE", str(found)[:20])
