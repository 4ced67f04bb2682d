# attack: language | binds a guard's name in a dictionary comprehension | without language: said
found = {_getattr_: 1 for _getattr_ in [1]}
log("PLUNDER-LANGUAGE", len(found))
