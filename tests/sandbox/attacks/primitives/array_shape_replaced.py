# attack: language | replaces the shape of an array in place | without language: said
held = np.zeros(4)
held.shape = (2, 2)
log("PLUNDER-LANGUAGE", held.ndim)
