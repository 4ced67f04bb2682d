# attack: language | reads the state of the generator of random numbers | without language: said
log("PLUNDER-LANGUAGE", str(np.random.default_rng(1).bit_generator)[:20])
