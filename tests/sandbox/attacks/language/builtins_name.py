# attack: language | reads the built-ins by their hidden global name | without language: said
found = __builtins__
log("PLUNDER-LANGUAGE", bool(found))
