# attack: language | takes an array's own writer | without language: said
log("PLUNDER-LANGUAGE", str(np.zeros(1).tofile)[:20])
