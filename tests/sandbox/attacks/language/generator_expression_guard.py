# attack: language | binds a guard's name in a generator expression | without language: said
found = list(1 for _getiter_ in [1])
log("PLUNDER-LANGUAGE", len(found))
