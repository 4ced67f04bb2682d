# attack: language | reads the machinery behind a table's indicators | without language: said
frame = pd.DataFrame({"close": [1.0, 2.0]})
log("PLUNDER-LANGUAGE", str(frame.ta._df)[:10])
