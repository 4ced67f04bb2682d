# attack: language | replaces the kind of an array in place | without language: said
held = np.arange(2.0)
held.dtype = "i8"
log("PLUNDER-LANGUAGE", held[1])
