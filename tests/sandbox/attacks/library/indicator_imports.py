# attack: language | reads which packages the indicators found | without language: said
log("PLUNDER-LANGUAGE", len(ta.Imports))
