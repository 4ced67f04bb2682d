# attack: language | executes text | without language: said
exec("found = 1")
log("PLUNDER-LANGUAGE", found)
