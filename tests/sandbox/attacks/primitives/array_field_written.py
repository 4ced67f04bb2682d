# attack: language | writes a field into an array at an offset | without language: said
held = np.arange(2.0)
held.setfield(7, "i4", 4)
log("PLUNDER-LANGUAGE", held[0])
