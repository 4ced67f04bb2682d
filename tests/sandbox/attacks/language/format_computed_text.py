# attack: language | assembles a format string's forbidden field at run time | without language: said
field = "{0." + "_" * 2 + "globals" + "_" * 2 + "}"
log("PLUNDER-LANGUAGE", field.format(log)[:40])
