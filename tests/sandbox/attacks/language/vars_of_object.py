# attack: language | asks for an object's names | without language: said
log("PLUNDER-LANGUAGE", len(vars(emit_signal)), "x")
