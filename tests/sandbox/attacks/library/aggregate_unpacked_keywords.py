# attack: language | hides a method's name in unpacked keywords
frame = pd.DataFrame({"a": [1], "b": [2]})
found = frame.groupby("a")["b"].agg(**{"x": "__sizeof__"})
log("PLUNDER-LANGUAGE", str(found)[:20])
