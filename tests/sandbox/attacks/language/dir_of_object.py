# attack: language | asks what an object has | without language: said
log("PLUNDER-LANGUAGE", len(dir(log)))
