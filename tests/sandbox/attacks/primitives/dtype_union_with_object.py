# attack: language | lays an object over a number in a union
held = np.zeros(1, dtype=("i8", {"o": ("O", 0)}))
log("PLUNDER-LANGUAGE", held.size)
