# attack: language | changes the list of the indicators for others | without language: said
ta.Category["loot"] = ["rsi"]
log("PLUNDER-LANGUAGE", len(ta.Category))
