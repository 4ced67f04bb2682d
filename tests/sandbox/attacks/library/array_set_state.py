# attack: language | sets an array's state as unpickling would | without language: said
held = np.zeros(1)
held.__setstate__((1, (1,), np.dtype("i8"), False, bytes(8)))
log("PLUNDER-LANGUAGE", held.dtype)
