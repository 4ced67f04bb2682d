# attack: language | has a pivot table read an attribute by its name | without language: said
frame = pd.DataFrame({"a": [1, 1], "b": [1, 2]})
found = frame.pivot_table(index="a", values="b", aggfunc="_selected_obj")
log("PLUNDER-LANGUAGE", found.size)
