# attack: language | runs a study of the indicators, which starts processes | without language: said
log("PLUNDER-LANGUAGE", str(ta.Strategy)[:20])
