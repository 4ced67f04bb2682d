# attack: language | reads before an array by a negative stride | without language: said
view = np.lib.stride_tricks.as_strided(np.zeros(2, dtype="i8"), (64,), (-8,))
log("PLUNDER-LANGUAGE", view.size)
