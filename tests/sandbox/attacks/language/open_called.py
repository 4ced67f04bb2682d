# attack: language | names the function that opens files | without language: said
reader = open
log("PLUNDER-LANGUAGE", reader.__name__)
