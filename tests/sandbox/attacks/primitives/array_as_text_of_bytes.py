# attack: language | reads an array's memory as bytes | without language: said
log("PLUNDER-LANGUAGE", len(np.arange(2.0).tobytes()))
