# attack: language | reads a forbidden attribute in a self-documenting f-string | without language: said
log("PLUNDER-LANGUAGE", f"{log.__code__=}"[:40])
