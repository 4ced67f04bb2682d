# attack: language | takes a field out of an array at an offset | without language: said
log("PLUNDER-LANGUAGE", np.arange(2.0).getfield("i4", 4)[1])
