# attack: language | has an array pickle itself | without language: said
log("PLUNDER-LANGUAGE", len(np.zeros(1).dumps()))
