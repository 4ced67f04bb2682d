# attack: language | calls the indicators' accessor with a name | without language: said
frame = pd.DataFrame({"close": [1.0, 2.0]})
log("PLUNDER-LANGUAGE", str(frame.ta(kind="log_return"))[:10])
