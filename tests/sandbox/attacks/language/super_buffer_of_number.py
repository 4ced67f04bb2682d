# attack: language | reads a number's memory through super | without language: said
number = np.float64(1.0)
log("PLUNDER-LANGUAGE", super(np.float64, number).data.nbytes)
