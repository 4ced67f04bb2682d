# attack: language | takes format from the class of text | without language: said
text = str.format("{0.__doc__.__class__}", log)
log("PLUNDER-LANGUAGE", text)
