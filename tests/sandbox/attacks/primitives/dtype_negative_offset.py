# attack: language | puts a field before its record
held = np.zeros(1, dtype={"names": ["a"], "formats": ["i8"], "offsets": [-8]})
log("PLUNDER-LANGUAGE", held.size)
