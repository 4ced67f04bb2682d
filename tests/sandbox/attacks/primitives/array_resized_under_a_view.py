# attack: language | frees an array's memory while a view looks at it | without language: said
held = np.zeros(100)
held.resize(1, refcheck=False)
log("PLUNDER-LANGUAGE", held.size)
