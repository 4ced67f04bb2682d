# attack: language | parametrises a library's class | without language: said
log("PLUNDER-LANGUAGE", str(dict[str, int].__args__))
