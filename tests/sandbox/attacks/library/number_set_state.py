# attack: language | sets a number's state as unpickling would | without language: said
log("PLUNDER-LANGUAGE", str(np.float64(1).__reduce__()[0])[:20])
