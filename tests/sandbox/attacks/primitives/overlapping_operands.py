# attack: language | gives a function an output that overlaps its input by strides | without language: said
held = np.arange(8)
view = np.lib.stride_tricks.as_strided(held, (4, 4), (8, 8))
np.add(view, 1, out=view)
log("PLUNDER-LANGUAGE", held[3])
