# attack: language | has numpy read a pointer out of a table's column
frame = pd.DataFrame({"__array_struct__": [1]})
log("PLUNDER-LANGUAGE", str(frame.__array_struct__)[:20])
