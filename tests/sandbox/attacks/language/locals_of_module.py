# attack: language | writes a guard's name through the local names | without language: said
locals()["_getattr_"] = 1
log("PLUNDER-LANGUAGE", _getattr_)
