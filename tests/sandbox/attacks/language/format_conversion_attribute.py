# attack: language | formats a forbidden attribute with a conversion | without language: said
text = "{0.__closure__!r:.20}".format(log)
log("PLUNDER-LANGUAGE", text)
