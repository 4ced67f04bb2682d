# attack: language | overlaps a number with an object in one kind
held = np.zeros(1, dtype={"names": ["a", "b"], "formats": ["O", "i8"], "offsets": [0, 0]})
log("PLUNDER-LANGUAGE", held.size)
