# attack: language | calls what the import statement calls | without language: said
found = __import__("sys")
log("PLUNDER-LANGUAGE", found.platform)
