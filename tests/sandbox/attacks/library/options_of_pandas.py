# attack: language | reads pandas' global options | without language: said
log("PLUNDER-LANGUAGE", str(pd.options.mode)[:20])
