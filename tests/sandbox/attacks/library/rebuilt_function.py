# attack: language | rebuilds a universal function as unpickling would
log("PLUNDER-LANGUAGE", str(np.add.__reduce__())[:20])
