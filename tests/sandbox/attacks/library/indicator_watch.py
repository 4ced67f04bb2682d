# attack: language | fetches prices through the indicators | without language: said
frame = pd.DataFrame({"close": [1.0]})
log("PLUNDER-LANGUAGE", str(frame.ta.ticker)[:20])
