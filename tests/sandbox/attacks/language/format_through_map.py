# attack: language | has map call the format method of a text | without language: said
texts = list(map("{0.__code__}".format, [log]))
log("PLUNDER-LANGUAGE", texts[0][:30])
