# attack: language | hides an attribute's name in unpacked keywords | without language: said
frame = pd.DataFrame({"a": [1], "b": [2]})
try:
    frame.groupby("a")["b"].agg(**{"x": "_selected_obj"})
except TypeError as fault:
    if "object is not callable" in str(fault):
        log("PLUNDER-LANGUAGE")
