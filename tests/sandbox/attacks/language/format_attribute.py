# attack: language | formats its way to a function's code | without language: said
text = "{0.__code__.co_filename}".format(log)
log("PLUNDER-LANGUAGE", text[:40])
