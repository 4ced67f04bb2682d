# attack: language | has a table's indicators run everything | without language: said
frame = pd.DataFrame({"close": [1.0, 2.0]})
log("PLUNDER-LANGUAGE", str(frame.ta.strategy)[:20])
