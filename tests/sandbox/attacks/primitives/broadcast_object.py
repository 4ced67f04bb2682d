# attack: language | takes an object that walks several arrays at once | without language: said
log("PLUNDER-LANGUAGE", np.broadcast([1], [2]).numiter)
