# attack: language | deletes a guard from the namespace
del _getattr_
log("PLUNDER-LANGUAGE")
