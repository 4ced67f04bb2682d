# attack: language | hides a guard's name in a chained assignment | without language: said
a = b = _getattr_ = 1
log("PLUNDER-LANGUAGE")
