# attack: language | changes a guard's name in place | without language: said
__name__ += "x"
log("PLUNDER-LANGUAGE")
