# attack: language | has a pivot table call a method by its name
frame = pd.DataFrame({"a": [1, 1], "b": [1, 2]})
found = frame.pivot_table(index="a", values="b", aggfunc="__sizeof__")
log("PLUNDER-LANGUAGE", found.size)
