# attack: language | reads what others left in memory through a method of an array's class | without language: said
held = np.ndarray((64,), dtype="int64")
log("PLUNDER-LANGUAGE", held.size)
