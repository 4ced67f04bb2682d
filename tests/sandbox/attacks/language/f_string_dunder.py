# attack: language | reads a forbidden attribute inside an f-string | without language: said
log("PLUNDER-LANGUAGE", f"{log.__globals__}"[:20])
