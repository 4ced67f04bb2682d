# attack: language | spells a forbidden attribute with letters Python normalises | without language: said
reached = log.__ｇlobals__
log("PLUNDER-LANGUAGE", len(reached))
