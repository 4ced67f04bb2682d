# attack: language | makes an array that writes into immutable bytes | without language: said
view = np.frombuffer(b"immutable", dtype="u1")
log("PLUNDER-LANGUAGE", view[0])
