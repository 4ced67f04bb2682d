# attack: language | replaces the strides of an array in place | without language: said
held = np.zeros(4)
np.lib.stride_tricks.as_strided(held).strides
log("PLUNDER-LANGUAGE", held.strides[0])
