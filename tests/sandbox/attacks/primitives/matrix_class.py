# attack: language | takes a class of arrays that answers for other arrays | without language: said
log("PLUNDER-LANGUAGE", np.matrix([[1]]).A1[0])
