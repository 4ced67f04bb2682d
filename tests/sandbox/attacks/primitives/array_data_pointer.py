# attack: language | reads where an array lies in memory | without language: said
log("PLUNDER-LANGUAGE", np.zeros(1).ctypes.data > 0)
