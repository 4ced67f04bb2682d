# attack: language | has numpy read a text file | without language: said
found = np.genfromtxt(["1 2"])
log("PLUNDER-LANGUAGE", found.size)
