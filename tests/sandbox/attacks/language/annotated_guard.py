# attack: language | assigns a guard's name with an annotation | without language: said
_getattr_: object = lambda owner, name: owner
log("PLUNDER-LANGUAGE")
