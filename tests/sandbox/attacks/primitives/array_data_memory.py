# attack: language | takes an array's memory as a buffer | without language: said
log("PLUNDER-LANGUAGE", np.zeros(1).data.nbytes)
