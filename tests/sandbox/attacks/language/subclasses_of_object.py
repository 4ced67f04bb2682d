# attack: language | walks from a tuple to every class of the process | without language: said
kinds = ().__class__.__base__.__subclasses__()
log("PLUNDER-LANGUAGE", len(kinds))
