# attack: language | changes the size of numpy's buffers | without language: said
np.setbufsize(16)
log("PLUNDER-LANGUAGE")
