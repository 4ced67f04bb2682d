# attack: language | hides an attribute's name among a pivot table's positions | without language: said
frame = pd.DataFrame({"a": [1, 1], "b": [1, 2]})
found = pd.pivot_table(frame, "b", "a", None, ["_selected_obj"])
log("PLUNDER-LANGUAGE", found.size)
