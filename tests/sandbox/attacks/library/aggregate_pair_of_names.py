# attack: language | names a method in a pair of a grouping's keywords
frame = pd.DataFrame({"a": [1], "b": [2]})
found = frame.groupby("a").agg(x=("b", "__sizeof__"))
log("PLUNDER-LANGUAGE", str(found)[:20])
