# attack: language | hides a method's name among a pivot table's positions
frame = pd.DataFrame({"a": [1, 1], "b": [1, 2]})
found = pd.pivot_table(frame, "b", "a", None, ["__sizeof__"])
log("PLUNDER-LANGUAGE", found.size)
