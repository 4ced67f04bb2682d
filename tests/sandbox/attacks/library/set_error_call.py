# attack: language | gives numpy a function to call at every fault | without language: said
np.seterrcall(lambda *event: None)
log("PLUNDER-LANGUAGE")
