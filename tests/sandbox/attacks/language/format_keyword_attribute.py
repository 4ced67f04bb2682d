# attack: language | formats a keyword's forbidden attribute | without language: said
text = "{api.__module__}".format(api=log)
log("PLUNDER-LANGUAGE", text)
