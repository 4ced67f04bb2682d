# attack: language | reads the names Python gives to every module | without language: said
found = [__name__, __builtins__, __spec__] if False else __name__
log("PLUNDER-LANGUAGE" if found else "")
