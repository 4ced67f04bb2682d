# attack: language | evaluates text | without language: said
log("PLUNDER-LANGUAGE", eval("1 + 1"))
