# attack: language | makes an array in the middle of another one's memory | without language: said
view = np.ndarray((1,), dtype="i8", buffer=np.zeros(4, dtype="i8"), offset=8)
log("PLUNDER-LANGUAGE", view.size)
