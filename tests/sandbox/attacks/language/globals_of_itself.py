# attack: language | asks for its own global names | without language: said
log("PLUNDER-LANGUAGE", len(globals()))
