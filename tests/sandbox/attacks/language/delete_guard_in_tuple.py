# attack: language | deletes a guard's name inside a tuple of targets | without language: said
a = _b = 1
del (a, [_b])
log("PLUNDER-LANGUAGE" if "_b" not in dir() else "")
