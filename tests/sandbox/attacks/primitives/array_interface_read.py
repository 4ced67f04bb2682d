# attack: language | reads the description of an array's memory | without language: said
log("PLUNDER-LANGUAGE", np.zeros(1).__array_interface__["data"][0] > 0)
