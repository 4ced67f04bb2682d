# attack: language | has pandas call a method by its name
frame = pd.DataFrame({"a": [1]})
frame.agg("to_pickle", path=params["written"])
log("PLUNDER-LANGUAGE")
