# attack: language | reads what a built-in function is bound to | without language: said
log("PLUNDER-LANGUAGE", [].append.__self__)
