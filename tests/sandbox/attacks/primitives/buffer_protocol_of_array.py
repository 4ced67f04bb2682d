# attack: language | exports an array's memory by the buffer protocol | without language: said
held = memoryview(np.arange(2.0)).cast("B")
log("PLUNDER-LANGUAGE", held.nbytes)
