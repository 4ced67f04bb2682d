# attack: language | formats a mapping's value by its attributes | without language: said
text = "{f.__class__.__mro__}".format_map({"f": log})
log("PLUNDER-LANGUAGE", text[:40])
