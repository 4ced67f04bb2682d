# attack: language | reads beyond an array by its strides | without language: said
view = np.lib.stride_tricks.as_strided(np.zeros(1, dtype="i8"), (64,), (8,))
log("PLUNDER-LANGUAGE", view.size)
