# attack: language | walks an array in place with an iterator of buffers | without language: said
for item in np.nditer(np.arange(2), op_flags=["readwrite"]):
    item[...] = 7
log("PLUNDER-LANGUAGE", item)
