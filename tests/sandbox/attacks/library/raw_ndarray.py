# attack: language | builds an array of objects over bytes | without language: said
forged = np.ndarray((1,), dtype="O", buffer=bytes(8))
log("PLUNDER-LANGUAGE")
