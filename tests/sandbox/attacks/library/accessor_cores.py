# attack: language | changes how many processes the indicators start | without language: said
frame = pd.DataFrame({"close": [1.0, 2.0]})
frame.ta.cores = 64
log("PLUNDER-LANGUAGE", frame.ta.cores)
