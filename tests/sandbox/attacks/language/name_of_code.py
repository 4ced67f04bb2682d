# attack: language | walks from a name that may be read to what it names | without language: said
log("PLUNDER-LANGUAGE", len(log.__name__.__class__.__mro__))
