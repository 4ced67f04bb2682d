# attack: language | exchanges the bytes of an array in place | without language: said
log("PLUNDER-LANGUAGE", np.arange(2).byteswap(True)[1])
