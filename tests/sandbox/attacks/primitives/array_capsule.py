# attack: language | takes the pointer to an array's description | without language: said
log("PLUNDER-LANGUAGE", str(np.zeros(1).__array_struct__)[:20])
