# attack: language | asks for the class of a value | without language: said
log("PLUNDER-LANGUAGE", type(1).__name__)
