# attack: language | hides a method's name in a named aggregation
frame = pd.DataFrame({"a": [1], "b": [2]})
frame.groupby("a").agg(x=pd.NamedAgg("b", "__class__"))
log("PLUNDER-LANGUAGE")
