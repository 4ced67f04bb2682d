# attack: language | binds a guard's name spelt with letters Python normalises | without language: said
_ｇetattr_ = lambda owner, name: owner
log("PLUNDER-LANGUAGE")
