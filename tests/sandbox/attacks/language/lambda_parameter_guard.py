# attack: language | names a lambda's parameter like a guard | without language: said
shadow = lambda _getattr_: "PLUNDER-LANGUAGE"
log(shadow(1))
