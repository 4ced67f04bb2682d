# attack: language | hides a method's name in a series | without language: said
frame = pd.DataFrame({"a": [1.0]})
found = frame.agg(pd.Series({"a": "__sizeof__"}))
log("PLUNDER-LANGUAGE", str(found)[:20])
