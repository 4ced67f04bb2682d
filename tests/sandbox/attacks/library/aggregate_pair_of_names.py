# attack: language | names an attribute in a pair of a grouping's keywords | without language: said
frame = pd.DataFrame({"a": [1], "b": [2]})
try:
    frame.groupby("a").agg(x=("b", "_selected_obj"))
except TypeError as fault:
    if "object is not callable" in str(fault):
        log("PLUNDER-LANGUAGE")
