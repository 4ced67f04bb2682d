# attack: language | reads the class of a universal function | without language: said
log("PLUNDER-LANGUAGE", str(np.add.__class__)[:20])
