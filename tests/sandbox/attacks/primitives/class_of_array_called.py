# attack: language | makes an array over memory with the class of another array | without language: said
made = type(np.zeros(1))((1,), dtype="V8", buffer=np.zeros(1))
log("PLUNDER-LANGUAGE", made.size)
