# attack: language | hides a method's name in a nested list
frame = pd.DataFrame({"a": [1], "b": [2]})
frame.groupby("a").agg({"b": [["to_csv"]]})
log("PLUNDER-LANGUAGE")
