# attack: language | has numpy read lines with a converter of its own | without language: said
found = np.loadtxt(["1"], converters={0: lambda value: 7})
log("PLUNDER-LANGUAGE", found)
